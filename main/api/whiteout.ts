/** What an entry of a layer deletes from the layers below it. */
export interface Whiteout {
  /** `entry`: what lies at `path` below · `content`: everything that is in the folder `path` below. */
  readonly kind: 'entry' | 'content'
  readonly path: string
}

const prefix = '.wh.'
const opaque = '.wh..wh..opq'

/** The deletion that a path of a layer stands for, by its name; undefined for any other (OCI image specification, `layer.md`). */
export function whiteoutOf(path: string): Whiteout | undefined {
  const slash = path.lastIndexOf('/') + 1
  const [folder, name] = [path.slice(0, slash), path.slice(slash)]
  if (name === opaque) return { kind: 'content', path: folder.slice(0, -1) }
  return name.startsWith(prefix) ? { kind: 'entry', path: folder + name.slice(prefix.length) } : undefined
}
