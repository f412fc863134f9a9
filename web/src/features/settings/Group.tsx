import type { ReactNode } from "react";
import { usePhone } from "@/ui/useMedia";

/** A titled group of settings. */
export function Group({ title, children }: { title: string; children: ReactNode }) {
  // On a phone the section's own title is the page's.
  const Heading = usePhone() ? "h2" : "h3";
  return (
    <section className="border-b pt-5 pb-4 first:pt-0 last:border-b-0" aria-label={title}>
      <Heading className="mb-2 font-semibold text-soft text-sm">{title}</Heading>
      {children}
    </section>
  );
}

interface ChoiceProps<T extends string> {
  name: string;
  value: T;
  choices: { value: T; label: string; hint?: string }[];
  onChange: (value: T) => void;
}

/** One of a few choices, all in sight. */
export function Choice<T extends string>({ name, value, choices, onChange }: ChoiceProps<T>) {
  return (
    <div className="grid gap-2 sm:auto-cols-fr sm:grid-flow-col">
      {choices.map((choice) => (
        <label
          key={choice.value}
          className="flex min-h-11 cursor-pointer items-start gap-2.5 rounded-lg border border-line-strong px-3 py-2.5 hover:bg-raised has-checked:border-accent has-checked:bg-accent-wash has-focus-visible:outline-2 has-focus-visible:outline-offset-2"
        >
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
            className="mt-1 accent-accent focus-visible:outline-none"
          />
          <span className="min-w-0">
            <span className="block">{choice.label}</span>
            {choice.hint && <span className="block text-soft text-sm">{choice.hint}</span>}
          </span>
        </label>
      ))}
    </div>
  );
}
