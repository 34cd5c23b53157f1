import type { TrustLevel } from "./settings.ts";

/** Directory on a host that holds every script and setting of this product. */
export const LIBRARY = "/usr/local/lib/buildx-runners";

/** Certificates that the host trusts once `update-ca-certificates` ran; every distribution here keeps it there. */
export const CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/** The level's Docker socket: the manager uses it, and jobs of the class `socket` get it. */
export function dockerSocket(dataDirectory: string, level: TrustLevel): string {
  return `${dataDirectory}/${level}/docker.sock`;
}

/** Where the level's manager serves its metrics: on the host only, one port a level. */
export function metricsAddress(level: TrustLevel): string {
  return level === "open" ? "127.0.0.1:9252" : "127.0.0.1:9253";
}

/** The level's account: it owns the daemon, and on a worker it is the one that a manager logs in as. */
export function accountOf(level: TrustLevel): string {
  return `buildx-${level}`;
}
