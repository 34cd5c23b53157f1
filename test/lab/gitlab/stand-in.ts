import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Gitlab, startGitlab } from "../../../lab/gitlab/index.ts";

/** What an endpoint answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** A stand-in on loopback with the project `acme/shop`, and a client that shows answers as they come. */
export interface StandIn {
  readonly gitlab: Gitlab;
  readonly directory: string;
  /** Calls the API; `token` null leaves it out, and by default it is the administrator's. */
  call(
    method: string,
    path: string,
    parameters?: unknown,
    options?: { readonly token?: string | null; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Answer>;
  stop(): Promise<void>;
}

export async function startStandIn(): Promise<StandIn> {
  const directory = await mkdtemp(path.join(tmpdir(), "gitlab-stand-in-"));
  const gitlab = await startGitlab({
    address: "127.0.0.1",
    port: 0,
    directory: path.join(directory, "data"),
  });
  await gitlab.createProject("acme/shop", { "README.md": "# Shop\n" });
  return {
    gitlab,
    directory,
    call: async (method, apiPath, parameters, { token = gitlab.adminToken, headers } = {}) => {
      const response = await fetch(`${gitlab.apiUrl}${apiPath}`, {
        method,
        headers: {
          ...(token === null ? {} : { "private-token": token }),
          ...(parameters === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(parameters === undefined ? {} : { body: JSON.stringify(parameters) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        body: text === "" ? undefined : JSON.parse(text),
        headers: response.headers,
      };
    },
    stop: async () => {
      await gitlab.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
