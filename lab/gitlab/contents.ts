import { randomBytes } from "node:crypto";
import path from "node:path";
import { LabError } from "../errors.ts";
import { recordPush } from "./pipelines.ts";
import { addProject, type BranchProtectionOptions, protectBranch, unprotectBranch } from "./projects.ts";
import type { Pipeline } from "./records.ts";
import type { Commit, FileChange } from "./repository.ts";
import type { ProjectSettings } from "./settings.ts";
import type { Project, Role, Runner, Scope, State, User, Variable } from "./state.ts";

export interface NewToken {
  /** Default `api`. */
  readonly scopes?: readonly Scope[];
  /** Last day, `YYYY-MM-DD`; default is never. */
  readonly expiresAt?: string;
}

/** A file's content: text, bytes, or a program. */
export type FileContent =
  | string
  | Buffer
  | { readonly content: string | Buffer; readonly executable: boolean };

export interface ProjectOptions {
  /** Default `main`. */
  readonly defaultBranch?: string;
  /** Names or wildcards; default is the default branch alone, as in GitLab. */
  readonly protectedBranches?: readonly string[];
}

export interface CommitOptions {
  /** Default is the default branch, where one that is not there starts as well. */
  readonly branch?: string;
  readonly message?: string;
}

/** What is in the stand-in, and the ways to put it there that go around its API. */
export class Contents {
  readonly #state: State;
  readonly #directory: string;

  /** @param directory where the repositories go. */
  constructor(state: State, directory: string) {
    this.#state = state;
    this.#directory = directory;
  }

  createUser(username: string, roles: Readonly<Record<string, Role>> = {}, admin = false): void {
    if (this.#state.users.some((user) => user.username === username)) {
      throw new LabError(`The GitLab stand-in has a user ${username} already`);
    }
    this.#addUser(username, roles, { admin });
  }

  #addUser(
    username: string,
    roles: Readonly<Record<string, Role>>,
    { admin = false, bot = false }: { readonly admin?: boolean; readonly bot?: boolean },
  ): void {
    this.#state.users.push({
      ...{ id: this.#state.nextId(), username, name: username, admin, bot },
      createdAt: new Date().toISOString(),
      email: `${username}@example.com`,
      roles: new Map(Object.entries(roles)),
    });
  }

  /** @returns the token: `glpat-…`. */
  createToken(username: string, options: NewToken = {}): string {
    const value = `glpat-${randomBytes(15).toString("base64url")}`;
    this.#state.tokens.push({
      id: this.#state.nextId(),
      value,
      name: "lab",
      user: this.user(username),
      revoked: false,
      scopes: options.scopes ?? ["api"],
      expiresAt: options.expiresAt ?? null,
      createdAt: new Date().toISOString(),
    });
    return value;
  }

  /**
   * A project access token, with a user of its own.
   *
   * @see https://docs.gitlab.com/user/project/settings/project_access_tokens/
   */
  createProjectToken(fullPath: string, role: Role, options: NewToken = {}): string {
    const { id } = this.project(fullPath);
    const username = `project_${id}_bot_${randomBytes(16).toString("hex")}`;
    this.#addUser(username, { [fullPath]: role }, { bot: true });
    return this.createToken(username, options);
  }

  revokeToken(value: string): void {
    const token = this.#state.tokens.find((candidate) => candidate.value === value);
    if (token === undefined) throw new LabError("The GitLab stand-in has no such token");
    token.revoked = true;
  }

  /** Gives a role on a group or project, by full path; `undefined` takes it away. */
  setRole(username: string, holder: string, role: Role | undefined): void {
    const { roles } = this.user(username);
    if (role === undefined) roles.delete(holder);
    else roles.set(holder, role);
  }

  /** Creates a group and those above it. @returns its number, also where it was there. */
  createGroup(fullPath: string): number {
    const present = this.#state.findGroup(fullPath);
    if (present !== undefined) return present.id;
    const parent = path.posix.dirname(fullPath);
    if (parent !== ".") this.createGroup(parent);
    const group = { id: this.#state.nextId(), path: fullPath, createdAt: new Date().toISOString() };
    this.#state.groups.push(group);
    return group.id;
  }

  /** Creates a project with one commit, and the groups above it. */
  async createProject(
    fullPath: string,
    files: Readonly<Record<string, FileContent>>,
    options: ProjectOptions = {},
  ): Promise<Project> {
    const parent = path.posix.dirname(fullPath);
    if (parent === "." || this.#state.findProject(fullPath) !== undefined) {
      throw new LabError(
        `The GitLab stand-in cannot create ${fullPath}: it has one, or the path names no group`,
      );
    }
    this.createGroup(parent);
    const defaultBranch = options.defaultBranch ?? "main";
    const project = await addProject(this.#state, this.#directory, fullPath, defaultBranch);
    await this.commit(fullPath, files, { message: "Initial commit" });
    for (const branch of options.protectedBranches ?? [defaultBranch]) this.protectBranch(fullPath, branch);
    return project;
  }

  /** @throws LabError for a project that does not exist. */
  project(fullPath: string): Project {
    const project = this.#state.findProject(fullPath);
    if (project === undefined) throw new LabError(`The GitLab stand-in has no project ${fullPath}`);
    return project;
  }

  /** Changes settings of a project, by the names that GitLab's API has for them. */
  configureProject(fullPath: string, settings: Partial<ProjectSettings>): void {
    Object.assign(this.project(fullPath).settings, settings);
  }

  /** All runners, tokens included. */
  runners(): readonly Runner[] {
    return this.#state.runners;
  }

  /** A project's variables, hidden values included. */
  variables(fullPath: string): readonly Variable[] {
    return this.project(fullPath).variables;
  }

  /** Oldest first. */
  pipelines(fullPath: string): readonly Pipeline[] {
    return this.project(fullPath).pipelines;
  }

  /** Newest first, of a branch, tag or commit; default is the default branch. */
  async commits(fullPath: string, ref?: string): Promise<readonly Commit[]> {
    return this.project(fullPath).repository.commits(await this.#resolve(fullPath, ref));
  }

  /** A file's text; undefined when it is not there. */
  async readFile(fullPath: string, file: string, ref?: string): Promise<string | undefined> {
    const found = await this.project(fullPath).repository.file(await this.#resolve(fullPath, ref), file);
    return found?.content.toString("utf8");
  }

  /** Commits as a colleague would, protected or not; `undefined` removes a file. @returns the commit's SHA. */
  commit(
    fullPath: string,
    files: Readonly<Record<string, FileContent | undefined>>,
    options: CommitOptions = {},
  ): Promise<string> {
    const project = this.project(fullPath);
    const { repository, defaultBranch } = project;
    const branch = options.branch ?? defaultBranch;
    const message = options.message ?? "Change files";
    return repository.exclusively(async () => {
      const before = await repository.branch(branch);
      const parent = before ?? (await repository.branch(defaultBranch));
      const changes = Object.entries(files).map(([file, content]) => fileChange(file, content));
      const author = { name: "Lab", email: "lab@example.com" };
      const sha = await repository.commit({ branch, parent, changes, message, author });
      await recordPush(this.#state, project, { ref: branch, sha, before, message });
      return sha;
    });
  }

  /** Tags a branch's tip or a commit, protected or not. @returns the commit's SHA. */
  async createTag(fullPath: string, tag: string, ref?: string): Promise<string> {
    const project = this.project(fullPath);
    const { repository } = project;
    return repository.exclusively(async () => {
      const sha = await this.#resolve(fullPath, ref);
      await repository.setTag(tag, sha);
      const message = (await repository.commits(sha, 1))[0]?.message ?? "";
      await recordPush(this.#state, project, { ref: tag, sha, before: undefined, message });
      return sha;
    });
  }

  protectBranch(fullPath: string, name: string, options: BranchProtectionOptions = {}): void {
    protectBranch(this.#state, this.project(fullPath), name, options);
  }

  unprotectBranch(fullPath: string, name: string): void {
    unprotectBranch(this.project(fullPath), name);
  }

  /** @throws LabError for a user that does not exist. */
  user(username: string): User {
    const user = this.#state.users.find((candidate) => candidate.username === username);
    if (user === undefined) throw new LabError(`The GitLab stand-in has no user ${username}`);
    return user;
  }

  async #resolve(fullPath: string, ref: string | undefined): Promise<string> {
    const { repository, defaultBranch } = this.project(fullPath);
    const sha = await repository.resolve(ref ?? defaultBranch);
    if (sha === undefined) throw new LabError(`${fullPath} has no ${ref ?? defaultBranch}`);
    return sha;
  }
}

function fileChange(file: string, content: FileContent | undefined): FileChange {
  if (content === undefined) return { path: file, content };
  if (typeof content === "string" || Buffer.isBuffer(content))
    return { path: file, content: Buffer.from(content) };
  return { path: file, content: Buffer.from(content.content), executable: content.executable };
}
