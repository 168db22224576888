import type { LayerFile } from '../../../../main/api/catalog.ts'

/** A folder or file of a layer. */
export interface TreeNode {
  /** Path in the archive, without a leading slash. */
  readonly path: string
  /** What the row says: of folders that hold nothing but one folder, all their names: `opt/spack/linux`. */
  readonly name: string
  readonly file: LayerFile
  /** Of a folder, of all that is in it. */
  readonly bytes: number
  readonly children: readonly TreeNode[]
}

interface Draft {
  file: LayerFile | undefined
  readonly children: Map<string, Draft>
}

/**
 * The tree of a layer's entries: folders first, then by name. A layer may lack entries for parents; they are folders then.
 * A path that is there twice is what its last entry says, as it is after unpacking.
 */
export function fileTree(files: readonly LayerFile[]): readonly TreeNode[] {
  const root: Draft = { file: undefined, children: new Map() }
  for (const file of files) {
    let at = root
    for (const part of file.path.split('/')) {
      if (part === '' || part === '.') continue
      let next = at.children.get(part)
      if (!next) {
        next = { file: undefined, children: new Map() }
        at.children.set(part, next)
      }
      at = next
    }
    if (at !== root) at.file = file
  }
  return nodesOf(root, '')
}

function nodesOf(draft: Draft, above: string): readonly TreeNode[] {
  return [...draft.children].map(([name, child]) => nodeOf(child, above, name)).toSorted(byKindAndName)
}

function nodeOf(draft: Draft, above: string, name: string): TreeNode {
  const path = above === '' ? name : `${above}/${name}`
  const file = draft.file ?? { path, kind: 'directory', bytes: 0, mode: 0o755 }
  const [only] = draft.children
  // Spack's prefixes lie ten folders deep: a chain of folders is one row.
  if (draft.children.size === 1 && only && isFolder(only[1])) {
    const inner = nodeOf(only[1], path, only[0])
    return { ...inner, name: `${name}/${inner.name}` }
  }
  const children = nodesOf(draft, path)
  const bytes = file.bytes + children.reduce((sum, child) => sum + child.bytes, 0)
  return { path, name, file, bytes, children }
}

function isFolder({ file, children }: Draft): boolean {
  return children.size > 0 || file?.kind === 'directory'
}

function byKindAndName(a: TreeNode, b: TreeNode): number {
  const rank = (node: TreeNode) => (node.file.kind === 'directory' ? 0 : 1)
  return rank(a) - rank(b) || (a.name < b.name ? -1 : 1)
}

/** A row of the tree as it is drawn. */
export interface TreeLine {
  readonly node: TreeNode
  /** From 1, as screen readers count. */
  readonly level: number
  readonly opened: boolean
}

/** The rows that can be seen with these folders open. */
export function treeLines(nodes: readonly TreeNode[], opened: ReadonlySet<string>): readonly TreeLine[] {
  const lines: TreeLine[] = []
  const add = (all: readonly TreeNode[], level: number): void => {
    for (const node of all) {
      const open = opened.has(node.path)
      lines.push({ node, level, opened: open })
      if (open) add(node.children, level + 1)
    }
  }
  add(nodes, 1)
  return lines
}

/** Folders to open at first: as long as there is nothing to choose from, and one step more. */
export function firstOpened(nodes: readonly TreeNode[]): ReadonlySet<string> {
  const opened = new Set<string>()
  let at = nodes
  while (at.length === 1 && at[0] && at[0].children.length > 0) {
    opened.add(at[0].path)
    at = at[0].children
  }
  return opened
}

/** The files whose path holds every word, and the folders they are in, all of them open. */
export function searchTree(
  nodes: readonly TreeNode[],
  query: string,
): { readonly nodes: readonly TreeNode[]; readonly opened: ReadonlySet<string> } {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const opened = new Set<string>()
  const keep = (node: TreeNode): readonly TreeNode[] => {
    const children = node.children.flatMap(keep)
    if (children.length > 0) opened.add(node.path)
    const hit = words.every((word) => node.path.toLowerCase().includes(word))
    return children.length > 0 || hit ? [{ ...node, children: children.length > 0 ? children : node.children }] : []
  }
  return { nodes: nodes.flatMap(keep), opened }
}

/** Permission bits as `ls` writes them: `rwxr-xr-x`. */
export function modeWords(mode: number): string {
  return [6, 3, 0]
    .map((shift) => ['r', 'w', 'x'].map((letter, i) => ((mode >> shift) & (4 >> i) ? letter : '-')).join(''))
    .join('')
}
