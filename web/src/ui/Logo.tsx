/** The mark: a bolt's head that is a speech bubble, with a voice in it. */
export function Logo({ size = 40 }: { size?: number }) {
  return (
    <svg viewBox="0 0 64 64" width={size} height={size} aria-hidden className="shrink-0">
      <path
        d="M29 4.7a6 6 0 0 1 6 0l18 10.4a6 6 0 0 1 3 5.2v20.8a6 6 0 0 1-3 5.2L35 56.7 24 62v-8.3L11 46.3a6 6 0 0 1-3-5.2V20.3a6 6 0 0 1 3-5.2Z"
        className="fill-accent"
      />
      <path
        d="M20 27v8M28 20v22M36 24v14M44 28v6"
        fill="none"
        strokeWidth="4.5"
        strokeLinecap="round"
        className="stroke-on-accent"
      />
    </svg>
  );
}
