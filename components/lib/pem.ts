import { X509Certificate } from "node:crypto";

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const HINT =
  "write the text that begins with -----BEGIN CERTIFICATE-----, as your provider offers it for download";

/** Why a text does not hold certificates in PEM alone (RFC 7468, 5), as the end of a sentence about it. */
export function certificatesProblem(text: string): string | undefined {
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) return `holds no certificate: ${HINT}`;
  if (text.replace(BLOCK, "").includes("PRIVATE KEY")) {
    return "holds a private key, which belongs to the server alone: leave the certificates";
  }
  const broken = blocks.findIndex((block) => !isCertificate(block));
  if (broken < 0) return undefined;
  return `holds no sound certificate in its block ${broken + 1} of ${blocks.length}: ${HINT}`;
}

function isCertificate(block: string): boolean {
  try {
    new X509Certificate(block);
    return true;
  } catch {
    return false;
  }
}

/** Whether a client judges a server's certificate by that `sslmode` of libpq's. */
export function verifies(sslMode: string): boolean {
  return sslMode.startsWith("verify-");
}
