/**
 * The protocol of Google's metadata server.
 *
 * @see https://cloud.google.com/compute/docs/metadata/querying-metadata
 * @see https://cloud.google.com/compute/docs/metadata/manage-guest-attributes
 */
import { createHash } from "node:crypto";
import type { Answer } from "../http-service.ts";
import type { Request } from "./request.ts";
import {
  type Directory,
  find,
  isDirectory,
  metadataTree,
  type Node,
  names,
  toJson,
  toLines,
  toText,
} from "./tree.ts";
import type { World } from "./world.ts";

const PREFIX = "/computeMetadata/v1/";
const GUEST_ATTRIBUTES = "instance/guest-attributes/";
const TOKEN = /^instance\/service-accounts\/([^/]+)\/token$/;

/** How long a request may wait for a change that does not come, when it names no time; in seconds. */
const LONGEST_WAIT = 3600;

/** Answers a request to the metadata server; one that waits for a change resolves when there is one. */
export async function answerMetadata(world: World, request: Request): Promise<Answer> {
  const answer = await answerAt(world, request);
  return {
    ...answer,
    headers: { "Metadata-Flavor": "Google", Server: "Metadata Server for VM", ...answer.headers },
  };
}

async function answerAt(world: World, request: Request): Promise<Answer> {
  const { path, headers } = request;
  // Tells a program that it is on Google's cloud; the one thing that needs no header.
  if (path === "/" && request.method === "GET") return text(200, "computeMetadata/\n");
  // Whoever can be made to fetch a URL, or to pass a request on, must not be able to read this.
  if (headers["x-forwarded-for"] !== undefined) return text(403, "Forbidden\n");
  if (headers["metadata-flavor"] !== "Google")
    return text(403, 'Missing required header "Metadata-Flavor": "Google"\n');
  if (`${path}/` === PREFIX || path === "/computeMetadata") return moved(`${path}/`);
  if (!path.startsWith(PREFIX)) return notFound();
  const name = decodeURIComponent(path.slice(PREFIX.length));
  if (`${name}/`.startsWith(GUEST_ATTRIBUTES)) return guestAttributes(world, request, name);
  if (request.method !== "GET") return text(405, "Method Not Allowed\n");
  const token = TOKEN.exec(name)?.[1];
  return token === undefined ? read(world, request, name) : accessToken(world, token);
}

function accessToken(world: World, account: string): Answer {
  const present = world.state.serviceAccount;
  if (present === undefined || !["default", present.email].includes(account)) return notFound();
  const body = { access_token: present.token, expires_in: 3599, token_type: "Bearer" };
  return { status: 200, type: "application/json", body: JSON.stringify(body) };
}

/** A plain reading, or one that waits until what it reads is no longer what its client has. */
async function read(world: World, request: Request, name: string): Promise<Answer> {
  const now = () => present(metadataTree(world.state), request, name);
  const first = now();
  if (request.query.get("wait_for_change") !== "true" || first.etag === undefined) return first.answer;
  const seconds = Number(request.query.get("timeout_sec") ?? LONGEST_WAIT);
  if (!Number.isInteger(seconds) || seconds < 0) return text(400, "timeout_sec must be a whole number\n");
  const known = request.query.get("last_etag") ?? first.etag;
  await world.until(() => now().etag !== known, seconds * 1000, request.gone);
  return now().answer;
}

interface Reading {
  readonly answer: Answer;
  /** Of what was read; absent when there was nothing to read. */
  readonly etag?: string;
}

function present(tree: Directory, request: Request, name: string): Reading {
  const node = find(tree, name);
  if (node === undefined || (name.endsWith("/") && !isDirectory(node))) return { answer: notFound() };
  if (isDirectory(node) && name !== "" && !name.endsWith("/"))
    return { answer: moved(`${request.path}/${queryOf(request)}`) };
  const etag = createHash("sha256")
    .update(JSON.stringify(toJson(node)))
    .digest("hex")
    .slice(0, 16);
  const [type, body] = render(node, request);
  return { etag, answer: { status: 200, type, body, headers: { ETag: etag } } };
}

const queryOf = ({ query }: Request): string => (query.size > 0 ? `?${query}` : "");

/** JSON unless text is asked for, when a directory is read as a whole; else text unless JSON is asked for. */
function render(node: Node, { query }: Request): [type: string, body: string] {
  const recursive = query.get("recursive") === "true" && isDirectory(node);
  const form = query.get("alt") ?? (recursive ? "json" : "text");
  if (form === "json") {
    const shown = isDirectory(node) && !recursive ? names(node) : toJson(node);
    return ["application/json", JSON.stringify(shown)];
  }
  return ["application/text", recursive ? toLines(node) : toText(node)];
}

/** What the machine says of itself: a namespace and a key in it, for whoever may see the machine in the project. */
function guestAttributes(world: World, request: Request, name: string): Answer {
  const enabled =
    world.state.attributes["enable-guest-attributes"] ??
    world.state.projectAttributes["enable-guest-attributes"];
  if (enabled?.toUpperCase() !== "TRUE") return text(403, "Guest attributes endpoint access is disabled.\n");
  const path = name.slice(GUEST_ATTRIBUTES.length);
  const [namespace, key, ...rest] = path.split("/");
  const whole =
    namespace !== undefined && namespace !== "" && key !== undefined && key !== "" && rest.length === 0;
  if (request.method === "PUT" || request.method === "DELETE") {
    if (!whole) return text(400, "Guest attributes are written as NAMESPACE/KEY\n");
    world.patch({
      guestAttributes: { [namespace]: { [key]: request.method === "PUT" ? request.body : null } },
    });
    return text(200, "");
  }
  if (request.method !== "GET") return text(405, "Method Not Allowed\n");
  return present(guestTree(world), request, path).answer;
}

function guestTree(world: World): Directory {
  const namespaces = Object.entries(world.state.guestAttributes).filter(
    ([, keys]) => Object.keys(keys).length > 0,
  );
  return {
    kind: "verbatim",
    entries: Object.fromEntries(namespaces.map(([name, entries]) => [name, { kind: "verbatim", entries }])),
  };
}

const text = (status: number, body: string): Answer => ({ status, type: "application/text", body });
const moved = (location: string): Answer => ({
  status: 301,
  type: "text/html",
  body: "<html><title>301 Moved Permanently</title></html>\n",
  headers: { Location: location },
});
const notFound = (): Answer => ({
  status: 404,
  type: "text/html; charset=UTF-8",
  body: "<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n",
});
