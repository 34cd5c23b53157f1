import { invalidParameters } from "./errors.ts";

/**
 * Query and body as one set of parameters; the body wins. JSON and forms are understood, `filter[environment_scope]` in
 * a query or form is a nested parameter.
 *
 * @throws ApiError 400 for JSON that is none.
 */
export async function parseParameters(
  query: URLSearchParams,
  contentType: string | undefined,
  body: Buffer,
): Promise<Record<string, unknown>> {
  return { ...nested(query.entries()), ...(await bodyParameters(contentType, body)) };
}

async function bodyParameters(
  contentType: string | undefined,
  body: Buffer,
): Promise<Record<string, unknown>> {
  if (body.length === 0 || contentType === undefined) return {};
  if (/^application\/json\b/.test(contentType)) return parseJson(body);
  if (!/^(multipart\/form-data|application\/x-www-form-urlencoded)\b/.test(contentType)) return {};
  const form = await new Response(new Uint8Array(body), {
    headers: { "content-type": contentType },
  }).formData();
  const texts: [string, string][] = [];
  form.forEach((value, name) => {
    if (typeof value === "string") texts.push([name, value]);
  });
  return nested(texts);
}

function parseJson(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Answered below, as any other body that is no object.
  }
  throw invalidParameters(["body does not contain a valid JSON object"]);
}

/** `filter[environment_scope]` becomes an object, `tag_list[]` a list. */
function nested(entries: Iterable<readonly [string, string]>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    const [, outer = name, inner] = /^([^[]+)\[([^\]]*)\]$/.exec(name) ?? [];
    if (inner === undefined) result[name] = value;
    else if (inner === "") result[outer] = [...(Array.isArray(result[outer]) ? result[outer] : []), value];
    else result[outer] = { ...(typeof result[outer] === "object" ? result[outer] : {}), [inner]: value };
  }
  return result;
}
