/** GitLab's API, for the project whose job this is, with the delivery's own token. */
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { GitbeakerRequestError, Gitlab } from "@gitbeaker/rest";
import { UsageError } from "../command-line.ts";
import { needed, type Surroundings } from "./ci.ts";

export interface Project {
  readonly api: InstanceType<typeof Gitlab>;
  /** Number of the project. */
  readonly id: number;
}

/** GitLab's largest page. @see https://docs.gitlab.com/api/rest/#pagination */
export const PAGE = { perPage: 100 } as const;

/** @throws {UsageError} where the job has no DELIVERY_TOKEN, or this is no job. */
export function connect(surroundings: Surroundings): Project {
  const token = needed(surroundings, "DELIVERY_TOKEN");
  const host = needed(surroundings, "CI_API_V4_URL").replace(/\/api\/v4\/?$/, "");
  trust(surroundings.environment.CI_SERVER_TLS_CA_FILE);
  return { api: new Gitlab({ host, token }), id: Number(needed(surroundings, "CI_PROJECT_ID")) };
}

/** The runner brings the certificate of an instance with a CA of its own as a file. */
function trust(file: string | undefined): void {
  if (file === undefined || file === "") return;
  const known = getCACertificates("default");
  const certificates = readFileSync(file, "utf8").match(
    /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g,
  );
  setDefaultCACertificates([...new Set([...known, ...(certificates ?? [])])]);
}

/** HTTP status of a refusal; undefined for any other failure. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof GitbeakerRequestError)) return undefined;
  return error.cause?.response.status;
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "DELIVERY_TOKEN is not valid, or has expired; make a project access token with the role Developer and the scope api, and set it as a protected, masked variable",
  403: "DELIVERY_TOKEN has no right to do this; it needs the role Developer in this project and the scope api",
  404: "it does not exist, or DELIVERY_TOKEN may not see it; use a token of this project, and enable merge requests, pipelines and issues",
};

/**
 * What GitLab answers, or its refusal with the remedy.
 *
 * @param doing what was tried: `read the notes of merge request !3`.
 * @throws {UsageError}
 * @example
 * const me = await asked("look up the user of DELIVERY_TOKEN", api.Users.showCurrentUser());
 */
export async function asked<T>(doing: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    const status = statusOf(cause);
    const words = cause instanceof Error ? cause.message : String(cause);
    if (status === undefined)
      throw new UsageError(`cannot ${doing}: GitLab does not answer: ${reasonOf(cause)}`, { cause });
    throw new UsageError(
      `cannot ${doing}: GitLab answered ${status} (${words})${status in ADVICE ? `: ${ADVICE[status]}` : ""}`,
      { cause },
    );
  }
}

/** `fetch failed` says nothing; what is behind it does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
