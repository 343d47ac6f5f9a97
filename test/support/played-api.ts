import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type RequestListener, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What answers at the end of every port-forward, where no pod runs. */
export interface PlayedApi {
  /** Holds a kubectl that is the real one but for port-forwards; to be put on the PATH. */
  folder: string;
  stop: () => void;
}

/** Makes every port-forward of `kubectl` lead to a server that answers with `listener`. */
export async function playApi(kubectl: string, listener: RequestListener): Promise<PlayedApi> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), "slipway-played-api-"));
  const forward = `echo "Forwarding from 127.0.0.1:${port} -> 1"; exec sleep 60`;
  writeFileSync(
    join(folder, "kubectl"),
    `#!/bin/sh\ncase "$*" in *port-forward*) ${forward};; esac\nexec ${kubectl} "$@"\n`,
  );
  chmodSync(join(folder, "kubectl"), 0o755);
  return {
    folder,
    stop: () => {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
