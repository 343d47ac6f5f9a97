/** What a source says should be served now. */
export interface Candidate {
  /** Identifies the content: the same key is never loaded twice. */
  readonly key: string;
  /** The registered name; undefined for a folder, whose package names the model. */
  readonly name?: string;
  /** The registry's version; undefined for a folder, which has none. */
  readonly version?: string;
  /** Reads one file of the package. Throws SourceError, or PackageError above `maxBytes`. */
  read(file: string, maxBytes: number): Promise<Buffer>;
  /** Whether the package has such a file. Throws SourceError. */
  has(file: string): Promise<boolean>;
}

/** What holds model packages: MLflow's registry or a folder. */
export interface ModelSource {
  /** For logs and pages, e.g. `models:/diabetes-model@champion at http://mlflow:5000`. */
  readonly description: string;
  /** Looks up what should be served. Throws SourceError. */
  resolve(): Promise<Candidate>;
}

/** The source could not answer. `reachable` tells "no such alias" from "no answer". */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly reachable: boolean;

  constructor(message: string, reachable: boolean, options?: ErrorOptions) {
    super(message, options);
    this.reachable = reachable;
  }
}
