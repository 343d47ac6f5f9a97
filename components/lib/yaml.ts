import { stringify } from "yaml";

/**
 * `value` as YAML that every reader takes alike: Go's readers, kubectl's among them, follow YAML 1.1,
 * where a bare `off` is a boolean. Keys are sorted, however the program came to write them.
 */
export function toYaml(value: object): string {
  return stringify(value, {
    version: "1.1",
    sortMapEntries: true,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}
