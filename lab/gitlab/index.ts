import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { IssuedCertificate } from "../ca.ts";
import { LabError } from "../errors.ts";
import { endServer } from "../http-service.ts";
import { registrySigner } from "./container-registry.ts";
import { Contents } from "./contents.ts";
import { Issuer } from "./id-tokens.ts";
import { type JobCredentials, type NewJob, startJob } from "./jobs.ts";
import { fork, type NewMergeRequest, openMergeRequest } from "./merge-requests.ts";
import {
  type FinishedPipeline,
  type NewPipeline,
  type RunningPipeline,
  recordPipeline,
  startPipeline,
} from "./pipelines.ts";
import type { Issue, Pipeline } from "./records.ts";
import { createServer, type LoggedRequest } from "./server.ts";
import { configureInstance, type InstanceOptions } from "./settings.ts";
import { type MergeRequest, type Project, State, scopes } from "./state.ts";

export type {
  CommitOptions,
  FileContent,
  NewToken,
  ProjectOptions,
} from "./contents.ts";
export type { JobCredentials, NewJob } from "./jobs.ts";
export type { NewMergeRequest } from "./merge-requests.ts";
export type { FinishedJob, FinishedPipeline } from "./pipelines.ts";
export type { BranchProtectionOptions } from "./projects.ts";
export type { Issue, JobRecord, Note, Pipeline } from "./records.ts";
export type { Commit } from "./repository.ts";
export type { LoggedRequest } from "./server.ts";
export type { InstanceOptions, ProjectSettings } from "./settings.ts";
export type { MergeRequest, Project, Role, Runner, Scope, Variable } from "./state.ts";
export { accessLevels, matchesWildcard } from "./state.ts";

/** How the stand-in is started. */
export interface GitlabOptions {
  /** Address to listen on, which clients use as well: `10.77.0.1`. */
  readonly address: string;
  /** Default 8443; 0 takes one that is free. */
  readonly port?: number;
  /** Key and certificate as PEM files. Without them it speaks plain HTTP, which it does on loopback alone. */
  readonly tls?: { readonly keyPath: string; readonly certPath: string };
  /** Where the repositories go: empty, or not there yet. */
  readonly directory: string;
  /** The container registry, where there is one: `address` as images are named, `certificate` signs its tokens. */
  readonly registry?: { readonly address: string; readonly certificate: IssuedCertificate };
}

/** A GitLab for the lab: the REST calls and the Git protocol that this program and its provider use. */
export class Gitlab extends Contents {
  /** `https://10.77.0.1:8443`, without a slash at the end. */
  readonly url: string;
  /** `https://10.77.0.1:8443/api/v4/`, as the provider wants it. */
  readonly apiUrl: string;
  /** Token of the administrator `root`, with every scope. */
  readonly adminToken: string;
  /** Every request that was answered, in the order of the answers. */
  readonly requests: readonly LoggedRequest[];
  /** CI_REGISTRY: `10.77.0.1:5000`; undefined where the instance has none. */
  readonly registryAddress: string | undefined;
  readonly #server: Server;
  readonly #state: State;
  readonly #directory: string;
  readonly #issuer: Issuer;

  /** Use {@link startGitlab}. */
  constructor(
    server: Server,
    url: string,
    requests: readonly LoggedRequest[],
    state: State,
    directory: string,
    issuer: Issuer,
    registryAddress: string | undefined,
  ) {
    super(state, directory);
    this.#server = server;
    this.#state = state;
    this.#directory = directory;
    this.#issuer = issuer;
    this.url = url;
    this.apiUrl = `${url}/api/v4/`;
    this.requests = requests;
    this.registryAddress = registryAddress;
    this.createUser("root", {}, true);
    this.adminToken = this.createToken("root", { scopes });
  }

  /** Address to clone with the token in it: not for logs. */
  cloneUrl(path: string, token: string): string {
    return `${this.url.replace("://", `://oauth2:${token}@`)}/${path}.git`;
  }

  /** GitLab's number for the user's role in a project or group; 0 for none. @throws LabError for a user that does not exist. */
  accessLevel(username: string, fullPath: string): number {
    return this.#state.accessLevel(this.user(username), fullPath);
  }

  /** Tokens of all jobs that were started, ended ones too. */
  jobTokens(): readonly string[] {
    return this.#state.jobs.map(({ token }) => token);
  }

  projects(): readonly Project[] {
    return this.#state.projects;
  }

  /**
   * Copies a project's repository into a project of its own, with nothing of its settings.
   *
   * @throws LabError when there is a project of that path.
   */
  fork(fullPath: string, forkPath: string): Promise<Project> {
    return fork(this.#state, this.#directory, this.project(fullPath), forkPath);
  }

  /**
   * Opens a merge request, or brings the open one of these branches up to date.
   *
   * @throws LabError for a branch that is not there, or branches without a common history.
   */
  openMergeRequest(fullPath: string, given: NewMergeRequest): Promise<MergeRequest> {
    return openMergeRequest(this.#state, this.project(fullPath), given);
  }

  /** Oldest first, with their notes. */
  mergeRequests(fullPath: string): readonly MergeRequest[] {
    return this.project(fullPath).mergeRequests;
  }

  /** Oldest first, with their notes. */
  issues(fullPath: string): readonly Issue[] {
    return this.project(fullPath).issues;
  }

  /**
   * Records a pipeline that has run, with its jobs and what they left behind.
   *
   * @throws RangeError for a merge request, branch, tag or user that is not there.
   *
   * @example
   * await gitlab.recordPipeline("acme/infra", {
   *   mergeRequest: 1,
   *   jobs: [{ name: "preview-dev", artifacts: { "preview/dev.json": "{}" }, access: "developer" }],
   * });
   */
  recordPipeline(fullPath: string, pipeline: FinishedPipeline): Promise<Pipeline> {
    return recordPipeline(this.#state, this.project(fullPath), pipeline);
  }

  /**
   * Records a pipeline that runs now; its jobs are told of as they begin and end.
   *
   * @throws RangeError for a merge request, branch or tag that is not there.
   */
  startPipeline(fullPath: string, pipeline: NewPipeline): Promise<RunningPipeline> {
    return startPipeline(this.#state, this.project(fullPath), pipeline);
  }

  /** Sets what is true of the whole instance: its version, its limit of requests. */
  configureInstance(options: InstanceOptions): void {
    configureInstance(this.#state.instance, options);
  }

  /** Gives a job that starts its number and its credentials, which are valid until it ends. */
  startJob(job: NewJob): JobCredentials {
    return startJob(this.#state, this.#issuer, () => this.url, job);
  }

  /** Ends the server and what it has open; the repositories stay on disk. */
  stop(): Promise<void> {
    return endServer(this.#server);
  }
}

/**
 * Starts the stand-in.
 *
 * @throws LabError when the address cannot be listened on, or plain HTTP is asked for anywhere but on loopback.
 */
export async function startGitlab(options: GitlabOptions): Promise<Gitlab> {
  const { address, directory, tls } = options;
  if (tls === undefined && !/^(127\.|::1$|localhost$)/.test(address)) {
    throw new LabError(`The GitLab stand-in on ${address}: plain HTTP is for loopback only; pass tls`);
  }
  await mkdir(directory, { recursive: true });
  const state = new State();
  const requests: LoggedRequest[] = [];
  let url = "";
  const issuer = new Issuer();
  const { registry } = options;
  const server = createServer({
    state,
    signRegistryToken: registry && (await registrySigner(registry.certificate)),
    issuer,
    log: requests,
    url: () => url,
    tls: tls && { key: await readFile(tls.keyPath, "utf8"), cert: await readFile(tls.certPath, "utf8") },
  });
  const wanted = options.port ?? 8443;
  await once(server.listen(wanted, address), "listening").catch((error: Error) => {
    throw new LabError(`The GitLab stand-in cannot listen on ${address}:${wanted}: ${error.message}`);
  });
  const { port } = server.address() as AddressInfo;
  const host = address.includes(":") ? `[${address}]` : address;
  url = `${tls === undefined ? "http" : "https"}://${host}:${port}`;
  return new Gitlab(server, url, requests, state, directory, issuer, registry?.address);
}
