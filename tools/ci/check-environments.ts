/** A GitHub environment: who may start a job that gets its secrets. */
export interface ForgeEnvironment {
  name: string;
  /** A person says yes to each run. */
  reviewed: boolean;
  /** Only branches and tags that it names may run in it. */
  limited: boolean;
}

const WHERE = "docs/ci.md#from-an-empty-repository, step 2";

/**
 * What lets code that nobody has approved have the secrets of a protected stack: an environment that every branch may use. A
 * branch brings its own workflows, so it can name any environment, also one that no workflow of the default branch names.
 *
 * @param all environments of the repository.
 */
export function environmentProblems(stack: string, all: readonly ForgeEnvironment[]): string[] {
  const own = all.filter(({ name }) => name === stack || name.startsWith(`${stack}-`));
  const missing = own.some(({ name }) => name === stack)
    ? []
    : [
        `environment '${stack}' is not there, and GitHub would make it without any protection: make it with reviewers and ` +
          `branches (${WHERE})`,
      ];
  const open = own
    .filter(({ limited, reviewed }) => !limited && !reviewed)
    .map(
      ({ name }) =>
        `environment '${name}' is open to every branch, and a branch's own code then has its secrets: limit it to the branch that ` +
        `is deployed and give it reviewers (${WHERE}), or delete it: ` +
        `gh api -X DELETE "repos/{owner}/{repo}/environments/${name}"`,
    );
  return [...missing, ...open];
}

/** What is no fault, as not every plan of GitHub's has reviewers, but should be known. */
export function environmentNotes(stack: string, all: readonly ForgeEnvironment[]): string[] {
  const own = all.find(({ name }) => name === stack);
  if (own === undefined || own.reviewed) return [];
  return [
    `environment '${stack}' has no reviewers: who may push to its branches deploys without a yes (${WHERE})`,
  ];
}
