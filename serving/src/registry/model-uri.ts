import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the model comes from, as MODEL_URI says. */
export type ModelReference =
  | { readonly kind: "alias"; readonly name: string; readonly alias: string }
  | { readonly kind: "version"; readonly name: string; readonly version: string }
  | { readonly kind: "folder"; readonly path: string };

/** Reads MODEL_URI. Throws an Error that names the accepted forms. */
export function parseModelUri(uri: string): ModelReference {
  if (uri.startsWith("file:")) return { kind: "folder", path: fileURLToPath(uri) };
  if (!uri.startsWith("models:")) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(uri)) throw unknownForm(uri);
    return { kind: "folder", path: resolve(uri) };
  }
  const [, name, separator, last] = /^models:\/([^/@:]+)([@/])([^/@]+)$/.exec(uri) ?? [];
  if (name === undefined || last === undefined) throw unknownForm(uri);
  if (separator === "@") return { kind: "alias", name, alias: last };
  if (!/^[1-9][0-9]*$/.test(last)) throw unknownForm(uri);
  return { kind: "version", name, version: last };
}

function unknownForm(uri: string): Error {
  return new Error(
    `MODEL_URI=${uri} is not understood: use models:/NAME@ALIAS, models:/NAME/VERSION, ` +
      "a folder's path or a file: URL",
  );
}
