import { stringify } from "smol-toml";
import { noProxyList } from "./proxy.ts";
import type { HostSettings } from "./settings.ts";

/** The rootless daemon's daemon.json (https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file). */
export function daemonJson(settings: HostSettings): string {
  const mirrors = settings.registryMirrors["docker.io"] ?? [];
  const document = {
    // The daemon's own builder serves a plain `docker build`; its cache is bounded like the other one.
    builder: { gc: { enabled: true, defaultKeepStorage: "10GB" } },
    "log-driver": "json-file",
    "log-opts": { "max-file": "3", "max-size": "10m" },
    ...(settings.proxy === undefined ? {} : { proxies: daemonProxies(settings.proxy) }),
    ...(mirrors.length > 0 ? { "registry-mirrors": mirrors } : {}),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function daemonProxies(proxy: NonNullable<HostSettings["proxy"]>) {
  return {
    ...(proxy.http === undefined ? {} : { "http-proxy": proxy.http }),
    ...(proxy.https === undefined ? {} : { "https-proxy": proxy.https }),
    "no-proxy": noProxyList(proxy),
  };
}

/** The builder's buildkitd.toml (https://docs.docker.com/build/buildkit/toml-configuration/). */
export function buildkitdToml(settings: HostSettings): string {
  const { maxParallelism, reservedSpace, maxUsedSpace, minFreeSpace } = settings.builder;
  const document = {
    worker: {
      oci: {
        enabled: true,
        gc: true,
        "max-parallelism": maxParallelism,
        gcpolicy: [
          // What can be fetched again goes first, once it was not used for two days.
          {
            filters: ["type==source.local", "type==exec.cachemount", "type==source.git.checkout"],
            keepDuration: "48h",
            maxUsedSpace: maxUsedSpace,
          },
          { all: true, reservedSpace, maxUsedSpace, minFreeSpace },
        ],
      },
      containerd: { enabled: false },
    },
    ...registryTables(settings.registryMirrors),
  };
  return `# Made by buildx-runners; a change recreates the builder and keeps its cache.\n${stringify(document)}`;
}

/** BuildKit names a mirror by host and path, and is told apart what speaks plain HTTP. */
function registryTables(mirrors: HostSettings["registryMirrors"]) {
  const registry: Record<string, { mirrors?: string[]; http?: boolean }> = {};
  for (const [host, addresses] of Object.entries(mirrors)) {
    registry[host] = { mirrors: addresses.map(withoutScheme) };
    for (const address of addresses.filter((address) => address.startsWith("http://"))) {
      registry[withoutScheme(address).split("/")[0] ?? ""] = { http: true };
    }
  }
  return Object.keys(registry).length === 0 ? {} : { registry };
}

function withoutScheme(address: string): string {
  return address.replace(/^https?:\/\//, "").replace(/\/+$/, "");
}
