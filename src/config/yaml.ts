export function readYaml(..._x: unknown[]): boolean {
  return false;
}
