import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import type { CoreError } from "@/core/model";
import { fieldError } from "@/i18n/errors";
import { Field, Input } from "./Field";

interface EntryProps extends Omit<ComponentProps<typeof Input>, "onChange" | "value"> {
  label: string;
  hint?: string;
  /** The field's name in the contract, for what is said against it. */
  field: string;
  error: CoreError | null;
  value: string;
  onText: (text: string) => void;
}

/** One field of a form: its label, its input and what was wrong with it. All of them are required. */
export function Entry({ label, hint, field, error, onText, ...input }: EntryProps) {
  const { t } = useTranslation();
  return (
    <Field label={label} hint={hint} error={fieldError(t, error, field)}>
      {(ids) => <Input {...ids} required onChange={(event) => onText(event.target.value)} {...input} />}
    </Field>
  );
}
