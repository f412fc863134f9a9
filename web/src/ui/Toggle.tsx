import { Slider as S, Switch as W } from "radix-ui";
import { type ReactNode, useId } from "react";

interface SwitchProps {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

/** A setting that is on or off, with its label on the left. */
export function SwitchRow({ label, hint, checked, onChange }: SwitchProps) {
  const id = useId();
  return (
    // All of the row is the label: it is pressed wherever it is touched.
    <label className="flex items-center gap-4 py-2.5 touch:min-h-11" htmlFor={id}>
      <span className="min-w-0 flex-1">
        <span id={`${id}-label`} className="block text-base">
          {label}
        </span>
        {hint && (
          <span id={`${id}-hint`} className="mt-0.5 block text-faint text-sm">
            {hint}
          </span>
        )}
      </span>
      <W.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        aria-labelledby={`${id}-label`}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="group relative h-5.5 w-9.5 shrink-0 rounded-full border border-line-strong bg-press transition-colors before:absolute before:-inset-3 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
      >
        <W.Thumb className="block size-4 translate-x-0.5 rounded-full bg-faint transition-transform group-data-[state=checked]:bg-on-accent data-[state=checked]:translate-x-[1.125rem]" />
      </W.Root>
    </label>
  );
}

interface SliderProps {
  label: string;
  min: number;
  max: number;
  step: number;
  value: number;
  onChange: (value: number) => void;
  /** What a reader says for the value. */
  valueText: string;
}

/** A value of a range. */
export function Slider({ label, min, max, step, value, onChange, valueText }: SliderProps) {
  return (
    <S.Root
      min={min}
      max={max}
      step={step}
      value={[value]}
      onValueChange={([next]) => next !== undefined && onChange(next)}
      className="relative flex h-6 w-full touch-none select-none items-center touch:h-11"
    >
      <S.Track className="relative h-1 grow rounded-full bg-line-strong">
        <S.Range className="absolute h-full rounded-full bg-accent" />
      </S.Track>
      <S.Thumb
        aria-label={label}
        aria-valuetext={valueText}
        className="block size-4 rounded-full border-2 border-accent bg-ground transition-transform hover:scale-110"
      />
    </S.Root>
  );
}
