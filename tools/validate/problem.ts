/** What a validator has against an object. */
export interface Problem {
  /** Manifest file. */
  file: string;
  message: string;
}

/** A validator of manifest files, one object each. */
export interface Validator {
  /** What the validator is, for a test's title. */
  name: string;
  /** Why it cannot run on this machine, with the remedy; undefined where it can. */
  missing: () => string | undefined;
  /** Checks the files together; what the check needs is built or installed into the cache at the first call. */
  check: (files: string[]) => Problem[];
}
