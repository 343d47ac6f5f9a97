/** Where Docker's own images are served. */
const DOCKER_HUB = "https://registry-1.docker.io/v2/";

let answer: Promise<boolean> | undefined;

/** Whether images can be pulled here, asked once; a refusal without credentials is an answer too. */
export function registryAnswers(): Promise<boolean> {
  answer ??= fetch(DOCKER_HUB, { signal: AbortSignal.timeout(5000) }).then(
    ({ status }) => status === 200 || status === 401,
    () => false,
  );
  return answer;
}
