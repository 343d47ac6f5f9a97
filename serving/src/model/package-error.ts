/** Which check a package failed; the label of the load-failure metric. */
export type PackageFault =
  | "artifacts"
  | "signature"
  | "metadata"
  | "name"
  | "size"
  | "checksum"
  | "graph"
  | "example"
  | "classes";

/** The package can never be served as it is; the message says why. */
export class PackageError extends Error {
  override readonly name = "PackageError";
  readonly fault: PackageFault;
  /** Whether trying again would end the same way. A training may sign what stands. */
  readonly final: boolean;

  constructor(fault: PackageFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
    this.final = fault !== "signature";
  }
}
