/** Under what Docker's `config.json` has the account of a registry. */
export function accountServer(host: string): string {
  // Docker Hub's is filed under the address of its old API.
  return host === "docker.io" ? "https://index.docker.io/v1/" : host;
}

/** An account of a registry as Docker's `config.json` has it. @param login `user:password` in base64 */
export function dockerConfig(host: string, login: string): string {
  return JSON.stringify({ auths: { [accountServer(host)]: { auth: login } } });
}

/**
 * A shell script whose programs log in to registries by the `config.json` in `$LOGIN`, where it is not empty, else by that of
 * `docker login`. What they write beside it goes with the script.
 */
export function asAccount(script: string): string {
  return `set -e
own="\${DOCKER_CONFIG:-$HOME/.docker}/config.json"
DOCKER_CONFIG=$(mktemp -d) && trap 'rm -r "$DOCKER_CONFIG"' EXIT && export DOCKER_CONFIG
if [ -n "$LOGIN" ]; then printf %s "$LOGIN" > "$DOCKER_CONFIG/config.json"
elif [ -f "$own" ]; then cp "$own" "$DOCKER_CONFIG/config.json"; fi
${script}`;
}

/** Arguments for a shell, whatever is in them. */
export function quoted(args: readonly string[]): string {
  return args.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(" ");
}
