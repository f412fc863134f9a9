import { Check } from "lucide-react";
import { DropdownMenu as M } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";

const ROW =
  "relative flex min-h-8 select-none items-center gap-2.5 rounded-md px-2.5 py-1 text-sm text-text outline-none data-disabled:opacity-45 data-highlighted:bg-hover touch:min-h-11";

export const MenuRoot = M.Root;
export const MenuTrigger = M.Trigger;
export const MenuRadioGroup = M.RadioGroup;

/** The floating list of a menu. */
export function MenuContent({ children, ...rest }: ComponentProps<typeof M.Content>) {
  return (
    <M.Portal>
      <M.Content
        sideOffset={6}
        collisionPadding={8}
        className="pop z-50 max-h-[min(28rem,var(--radix-dropdown-menu-content-available-height))] w-max min-w-52 max-w-80 overflow-y-auto rounded-xl border border-line-strong bg-raised p-1 shadow-pop"
        {...rest}
      >
        {children}
      </M.Content>
    </M.Portal>
  );
}

/** One action of a menu. */
export function MenuItem({
  icon,
  danger,
  children,
  ...rest
}: ComponentProps<typeof M.Item> & { icon?: ReactNode; danger?: boolean }) {
  return (
    <M.Item className={danger ? `${ROW} text-danger` : ROW} {...rest}>
      {icon && <span className="flex w-4 justify-center">{icon}</span>}
      <span className="min-w-0 flex-1">{children}</span>
    </M.Item>
  );
}

/** One of the choices of a MenuRadioGroup. */
export function MenuRadio({ children, ...rest }: ComponentProps<typeof M.RadioItem>) {
  return (
    <M.RadioItem className={`${ROW} pl-8`} onSelect={(event) => event.preventDefault()} {...rest}>
      <M.ItemIndicator className="absolute left-2.5 text-accent">
        <Check size={15} aria-hidden />
      </M.ItemIndicator>
      <span className="min-w-0 flex-1 truncate">{children}</span>
    </M.RadioItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <M.Label className="px-2.5 pt-2 pb-1 font-medium text-faint text-xs">{children}</M.Label>;
}

export function MenuSeparator() {
  return <M.Separator className="mx-1 my-1 h-px bg-line" />;
}
