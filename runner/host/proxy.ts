import type { ProxySettings } from "./schema.ts";

/** The variables by which programs find their proxy, in both spellings: half of them read only one. */
export function proxyVariables(proxy: ProxySettings | undefined): Record<string, string> {
  if (proxy === undefined) {
    return {};
  }
  const upper: Record<string, string> = {};
  if (proxy.http !== undefined) {
    upper.HTTP_PROXY = proxy.http;
  }
  if (proxy.https !== undefined) {
    upper.HTTPS_PROXY = proxy.https;
  }
  upper.NO_PROXY = noProxyList(proxy);
  const lower = Object.entries(upper).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...upper, ...Object.fromEntries(lower) };
}

/** What is reached directly, with the host itself always part of it. */
export function noProxyList(proxy: ProxySettings): string {
  return [...new Set(["localhost", "127.0.0.1", "::1", ...proxy.noProxy])].join(",");
}

/** apt's own notation; `DIRECT` for what is reached without a proxy (apt.conf knows names, no blocks). */
export function aptProxy(proxy: ProxySettings): string {
  const lines = [];
  if (proxy.http !== undefined) {
    lines.push(`Acquire::http::Proxy ${aptString(proxy.http)};`);
  }
  if (proxy.https !== undefined) {
    lines.push(`Acquire::https::Proxy ${aptString(proxy.https)};`);
  }
  for (const host of proxy.noProxy.filter((name) => /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name))) {
    lines.push(`Acquire::http::Proxy::${host} "DIRECT";`, `Acquire::https::Proxy::${host} "DIRECT";`);
  }
  return `${lines.join("\n")}\n`;
}

/** apt.conf has no escape for a double quote or a line break within a string. */
function aptString(text: string): string {
  if (/["\\\p{Cc}]/u.test(text)) {
    throw new Error(
      `the proxy address ${JSON.stringify(text)} holds a quote, a backslash or a control character`,
    );
  }
  return `"${text}"`;
}
