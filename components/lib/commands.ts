/** A Service and how it is reached, as far as a command needs it. */
interface Reachable {
  name: string;
  port: number;
}

/** Ready-to-paste command that opens `http://localhost:<port>` to a Service. */
export function portForward(namespace: string, { name, port }: Reachable): string {
  return `kubectl -n ${namespace} port-forward service/${name} ${port}`;
}

/** Ready-to-paste command that prints the password in a Secret. */
export function showPassword(namespace: string, secret: string): string {
  return `kubectl -n ${namespace} get secret ${secret} -o go-template='{{.data.password | base64decode}}'`;
}

/**
 * Ready-to-paste command that asks an API for its demo prediction; with `auth`, `$TOKEN` holds the
 * token.
 */
export function demoPrediction(url: string, auth: boolean): string {
  const header = auth ? ` -H "authorization: Bearer $TOKEN"` : "";
  return `curl -fsS${header} ${url}/predict/demo`;
}
