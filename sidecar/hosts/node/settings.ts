/** The process's environment, for the core to read its settings from. */
export function readVariables(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
