import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { linked } from "./links";

test("addresses become safe links and a sentence keeps its punctuation", () => {
  render(<p>{linked("See https://example.org/a_(b), then javascript:alert(1).")}</p>);
  const link = screen.getByRole("link");
  expect(link.getAttribute("href")).toBe("https://example.org/a_(b)");
  expect(link.getAttribute("rel")).toContain("noopener");
  expect(screen.getByText(/then javascript:alert\(1\)/)).toBeTruthy();
});
