package loadtest

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// A plot is an SVG of these measures, with room for the axes' numbers.
const (
	plotWidth, plotHeight                  = 760.0, 240.0
	plotLeft, plotRight, plotTop, plotFoot = 60.0, 12.0, 12.0, 28.0
)

// line is one curve of a plot; its class gives it its colour.
type line struct {
	name, class string
	values      []float64
}

// canvas maps values to a plot's place on the page.
type canvas struct {
	strings.Builder
	maxX, maxY float64
}

func (c *canvas) x(v float64) float64 {
	return plotLeft + v/c.maxX*(plotWidth-plotLeft-plotRight)
}

func (c *canvas) y(v float64) float64 {
	return plotHeight - plotFoot - v/c.maxY*(plotHeight-plotTop-plotFoot)
}

// open begins the SVG with a grid of round numbers upwards.
func (c *canvas) open(name string) {
	fmt.Fprintf(c, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, plotWidth, plotHeight, template.HTMLEscapeString(name))
	step := roundStep(c.maxY / 4)
	c.maxY = math.Ceil(c.maxY/step) * step
	for i := 0; float64(i)*step <= c.maxY*1.0001; i++ {
		v := float64(i) * step
		fmt.Fprintf(c, `<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text class="left" x="%g" y="%.1f">%s</text>`,
			plotLeft, plotWidth-plotRight, c.y(v), c.y(v), plotLeft-8, c.y(v)+4, number(v))
	}
}

// label writes a number under the horizontal axis.
func (c *canvas) label(x float64, s string) {
	fmt.Fprintf(c, `<text class="foot" x="%.1f" y="%g">%s</text>`, x, plotHeight-8, template.HTMLEscapeString(s))
}

// curves draws lines over seconds.
func curves(name string, at []float64, lines ...line) template.HTML {
	if len(at) == 0 {
		return ""
	}
	c := &canvas{maxX: math.Max(at[len(at)-1], 1)}
	for _, l := range lines {
		for _, v := range l.values {
			c.maxY = math.Max(c.maxY, v)
		}
	}
	if c.maxY == 0 {
		c.maxY = 1
	}
	c.open(name)
	step := math.Max(1, roundStep(c.maxX/8))
	for t := 0.0; t <= c.maxX; t += step {
		c.label(c.x(t), number(t)+" s")
	}
	for _, l := range lines {
		fmt.Fprintf(c, `<polyline class="%s" points="`, l.class)
		for i, v := range l.values {
			fmt.Fprintf(c, "%.1f,%.1f ", c.x(at[i]), c.y(v))
		}
		c.WriteString(`"/>`)
	}
	c.WriteString("</svg><p>")
	for _, l := range lines {
		fmt.Fprintf(c, `<span class="key %s">%s</span> `, l.class, template.HTMLEscapeString(l.name))
	}
	c.WriteString("</p>")
	return template.HTML(c.String()) //nolint:gosec // made of numbers and escaped words
}

// columns draws a histogram whose bars grow geometrically: a logarithmic axis.
func columns(name string, bars []Bar) template.HTML {
	if len(bars) == 0 {
		return ""
	}
	c := &canvas{maxX: float64(len(bars))}
	for _, b := range bars {
		c.maxY = math.Max(c.maxY, float64(b.Count))
	}
	c.open(name)
	every := max(1, (len(bars)+7)/8)
	for i, b := range bars {
		x, top := c.x(float64(i)), c.y(float64(b.Count))
		fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s to %s ms: %d</title></rect>`,
			x, top, math.Max(1, c.x(float64(i+1))-x-1), c.y(0)-top, number(b.From), number(b.To), b.Count)
		if i%every == 0 {
			c.label(x, number(b.From)+" ms")
		}
	}
	c.WriteString("</svg>")
	return template.HTML(c.String()) //nolint:gosec // made of numbers
}

// roundStep returns the 1, 2 or 5 times a power of ten that is next to v.
func roundStep(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if v <= f*p {
			return f * p
		}
	}
	return 10 * p
}

// number writes a value with three digits that count.
func number(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.3gM", v/1e6)
	case v >= 1e4:
		return fmt.Sprintf("%.3gk", v/1e3)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
