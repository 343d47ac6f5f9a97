/** Which check a package failed; the label of the load-failure metric. */
export type PackageFault =
  "artifacts" | "metadata" | "name" | "size" | "checksum" | "graph" | "example";

/** The package can never be served as it is; the message says why. */
export class PackageError extends Error {
  override readonly name = "PackageError";
  readonly fault: PackageFault;

  constructor(fault: PackageFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
