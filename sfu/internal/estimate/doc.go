// Package estimate tells what one path carries, from transport-wide feedback
// of voice: by delay and by loss, in the way of draft-ietf-rmcat-gcc-02.
// pion/interceptor's gcc keeps two or three goroutines and some queues for each
// path, which a server with a thousand listeners does not want; this is a
// value of less than 450 bytes that is told of packets and asked for a figure. It
// reads no clock, holds no lock, starts nothing and allocates nothing.
//
// What differs from the draft, because voice is thin (a packet each 20 ms, 50
// packets a second, and gaps of silence):
//   - the filter is a line fitted to the delay with weights that fade with time,
//     so that silence forgets by itself;
//   - a delay that leaps and stays is a longer path, not a queue (leap.go);
//   - a steep rise over a few packets is overuse at once (run.go): at four times
//     what a path carries, the draft's filter is half a second late;
//   - rates are measured inside stretches of talk only, so that silence neither
//     raises nor lowers the estimate;
//   - the estimate rises fast while packets meet no queue, since nobody sends
//     more because of it, but never above 1.5 times what is received, and slowly
//     near the rate at which the path was last found full (aimd.go);
//   - loss never takes it below what arrives (section 6 would: random loss of a
//     fifth would end in silence).
package estimate
