/** Prints a measured figure among the results of the run. */
export function prints(figure: string): void {
  process.stdout.write(`    ${figure}\n`);
}
