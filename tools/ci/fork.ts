/** Command line of `npm run ci:fork`: says on the run's page why a pull request gets no preview. */
import { summarize } from "./forge.ts";

summarize(`### No preview for this pull request

It comes from a fork or from Dependabot. A preview needs the credentials of the clusters, and code that nobody here has
read must not get them; so nothing was previewed and no comment posted. The checks in \`ci.yml\` did run.

To get a preview, a maintainer reads the change and pushes it to a branch of this repository:
\`gh pr checkout NUMBER && git push origin HEAD:review/NUMBER\`, then opens a pull request from there. See docs/ci.md.`);
