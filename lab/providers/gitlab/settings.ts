import { readFileSync } from "node:fs";

/** How to reach one GitLab. */
export interface GitlabSettings {
  /** Base of the REST API, with the slash at its end. */
  readonly baseUrl: string;
  /** Access token; undefined makes every call fail with a message that says where to put one. */
  readonly token?: string;
  /** PEM certificates to trust besides the system's. */
  readonly caCertificates?: string;
  /** Whether the server's certificate goes unchecked. */
  readonly insecure?: boolean;
}

/**
 * Settings from the stack's `gitlab:` configuration; the published provider's environment variables stand in for what it
 * leaves out.
 *
 * @param config without the package's name: `baseUrl`, `token`.
 * @throws Error when the file of `gitlab:cacertFile` cannot be read.
 */
export function settingsFrom(
  config: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv = process.env,
): GitlabSettings {
  const setting = (key: string, variable: string) => config[key] ?? environment[variable];
  const token = setting("token", "GITLAB_TOKEN");
  const caFile = setting("cacertFile", "GITLAB_CACERT_FILE");
  const baseUrl = setting("baseUrl", "GITLAB_BASE_URL") ?? "https://gitlab.com/api/v4/";
  return {
    baseUrl: baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`,
    ...(token === undefined ? {} : { token }),
    ...(caFile === undefined ? {} : { caCertificates: readCertificates(caFile) }),
    insecure: setting("insecure", "GITLAB_INSECURE") === "true",
  };
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`gitlab:cacertFile cannot be read: ${reason}`);
  }
}
