import { whiteoutOf } from '../api/whiteout.ts'
import { StrataError } from '../support/errors.ts'
import { pathParts, unsafe } from './path-guard.ts'
import type { TarMember } from './tar-reader.ts'

/** Bytes as `latin1`, without slashes at their ends. */
type TreePath = string

/** Far above what the layers of an image hold together, and its memory is a few hundred megabytes at most. */
const entryLimit = 2_000_000

/** Something that a layer made: a directory, a link, or a file with all of its names. */
export interface TreeNode {
  readonly kind: 'directory' | 'file' | 'symlink'
  /** Names under which it is there in the end, as they came; of a file there may be several. */
  readonly names: Set<TreePath>
  mode: number
}

/** What becomes of one member when the merged layer is written. */
export type Placed =
  | { readonly kind: 'node'; readonly node: TreeNode; readonly path: TreePath }
  | { readonly kind: 'whiteout'; readonly path: TreePath }
  /** A hard link to a file that none of these layers has: it lies below them. */
  | { readonly kind: 'outside'; readonly path: TreePath }

/**
 * The tree that several layers make when they are unpacked one after the other, without their content (OCI image
 * specification, `layer.md`, "Applying Changesets"): what is there later replaces what was there before, a directory
 * stays where a directory comes again, and a whiteout takes away what the layers before it made. A file that was
 * replaced lives on under the other names that hard links gave it.
 *
 * Memory grows with the number of entries, not with their size. Throws `layer-unsafe` for paths that climb or lead
 * through a link, `layer-invalid` for devices, `size-exceeded` for more entries than any image has.
 */
export class MergedTree {
  /** Deletions that also concern what lies below these layers. */
  readonly whiteouts = new Set<TreePath>()
  /** Hard links to files below these layers. */
  readonly outside = new Map<TreePath, Buffer>()
  private readonly nodes = new Map<TreePath, TreeNode>()
  private readonly children = new Map<TreePath, Set<TreePath>>()
  /** What the layer at hand made: its own whiteouts do not take it away. */
  private made = new Set<TreePath>()

  startLayer(): void {
    this.made = new Set()
  }

  /** Takes a member in; what it turned out to be, for the second pass. */
  add(member: TarMember): Placed {
    const path = pathParts(member.name).join('/')
    if (path === '') return { kind: 'node', node: { kind: 'directory', names: new Set(), mode: member.mode }, path }
    const whiteout = whiteoutOf(path)
    if (whiteout) {
      const below = [...(this.children.get(whiteout.path) ?? [])]
      const gone = whiteout.kind === 'content' ? below : [whiteout.path]
      for (const each of gone) this.removeOlder(each)
      this.whiteouts.add(path)
      return { kind: 'whiteout', path }
    }
    this.checkParents(path, member)
    this.made.add(path)
    switch (member.kind) {
      case 'directory': {
        const there = this.nodes.get(path)
        if (there?.kind === 'directory') there.mode = member.mode
        return this.place(
          path,
          there?.kind === 'directory' ? there : { kind: 'directory', names: new Set(), mode: member.mode },
        )
      }
      case 'file':
      case 'symlink':
        return this.place(path, { kind: member.kind, names: new Set(), mode: member.mode })
      case 'hardlink':
        return this.link(path, member)
      case 'device':
      case 'fifo':
        throw new StrataError('layer-invalid', `${path} is a ${member.kind}: such layers are not merged`)
    }
  }

  /** What is at a path in the end. */
  at(path: TreePath): TreeNode | undefined {
    return this.nodes.get(path)
  }

  private link(path: TreePath, member: TarMember): Placed {
    const target = pathParts(member.link).join('/')
    const file = this.nodes.get(target)
    if (file?.kind === 'directory') throw unsafe(member, 'is a hard link to a directory')
    if (file) return this.place(path, file)
    this.remove(path)
    this.siblings(path).add(path)
    this.outside.set(path, Buffer.from(target, 'latin1'))
    return { kind: 'outside', path }
  }

  private place(path: TreePath, node: TreeNode): Placed {
    const there = this.nodes.get(path)
    if (there === node) return { kind: 'node', node, path }
    if (node.kind !== 'directory') this.remove(path)
    else if (there || this.outside.has(path)) {
      // A directory in the place of something else is a new one: it does not show what a directory below would hold.
      this.remove(path)
      this.whiteouts.add(whiteoutPath(path))
    }
    node.names.add(path)
    this.nodes.set(path, node)
    this.siblings(path).add(path)
    if (this.nodes.size > entryLimit) {
      throw new StrataError('size-exceeded', `the layers to merge have more than ${entryLimit} entries`)
    }
    return { kind: 'node', node, path }
  }

  private siblings(path: TreePath): Set<TreePath> {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    const known = this.children.get(parent) ?? new Set()
    this.children.set(parent, known)
    return known
  }

  /** Takes away what earlier layers made at and below a path. */
  private removeOlder(path: TreePath): void {
    for (const child of [...(this.children.get(path) ?? [])]) this.removeOlder(child)
    if (!this.made.has(path) && !this.children.get(path)?.size) this.remove(path)
  }

  private remove(path: TreePath): void {
    for (const child of [...(this.children.get(path) ?? [])]) this.remove(child)
    this.children.delete(path)
    this.nodes.get(path)?.names.delete(path)
    this.nodes.delete(path)
    this.outside.delete(path)
    this.siblings(path).delete(path)
    // Where nothing is any more, nothing in it has to be deleted; an unpacker would make the directory for it.
    for (const whiteout of this.whiteouts) if (whiteout.startsWith(`${path}/`)) this.whiteouts.delete(whiteout)
  }

  /** A path leads through directories only: an unpacker would follow a link to who knows where. */
  private checkParents(path: TreePath, member: TarMember): void {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = this.nodes.get(path.slice(0, end))
      if (parent && parent.kind !== 'directory') throw unsafe(member, `leads through a ${parent.kind}`)
    }
  }
}

/** The whiteout that deletes a path below. */
function whiteoutPath(path: TreePath): TreePath {
  const slash = path.lastIndexOf('/') + 1
  return `${path.slice(0, slash)}.wh.${path.slice(slash)}`
}
