import { describe, expect, it } from 'vitest'
import { decideDeletes } from '../../../main/buildcache/acts/delete/decide.ts'
import type { ImageTree } from '../../../main/registry/copy.ts'
import { type Digest, digestOf } from '../../../main/registry/digest.ts'
import { mediaTypes } from '../../../main/registry/media-types.ts'
import { pseudoRandom } from '../../support/random.ts'

const digest = (name: string): Digest => digestOf(Buffer.from(name))
const head = (name: string, mediaType: string = mediaTypes.ociManifest) => ({
  digest: digest(name),
  size: 1,
  mediaType,
})

/** An image by the names of its blobs; images with the same name are the same. */
function tree(name: string, blobs: readonly string[], children: readonly string[] = []): ImageTree {
  return {
    root: head(name),
    children: children.map((child) => head(child)),
    blobs: blobs.map((one) => ({ digest: digest(one), size: 100 })),
  }
}

function decide(trees: Record<string, ImageTree>, chosen: readonly string[], deletesTags: boolean) {
  const digests = chosen.flatMap((tag) => (trees[tag] ? [[tag, trees[tag].root.digest] as const] : []))
  return decideDeletes({ trees: new Map(Object.entries(trees)), chosen: new Map(digests), deletesTags })
}

describe('what goes when tags are deleted', () => {
  const trees = {
    a: tree('image', ['base', 'own']),
    b: tree('image', ['base', 'own']),
    c: tree('other', ['base', 'lone']),
    multi: tree('index', ['base', 'own', 'arm'], ['image', 'arm-image']),
  }

  it('an image that others name only loses the tag, where a registry can do that', () => {
    expect(decide(trees, ['a'], true)).toMatchObject({ untagged: ['a'], alsoGone: [], broken: [], freed: [] })
    expect(decide(trees, ['a', 'b'], true)).toMatchObject({ untagged: ['a', 'b'], freed: [] })
  })

  it('elsewhere it goes with all of its tags, and breaks the image index that names it', () => {
    const work = decide(trees, ['a'], false)
    expect(work).toMatchObject({ untagged: [], alsoGone: ['b'], broken: ['multi'] })
    expect([...work.manifests]).toEqual([[digest('image'), ['a', 'b']]])
  })

  it('an image index takes along what it alone names', () => {
    const work = decide(trees, ['multi'], true)
    expect(work.children).toEqual([digest('arm-image')])
    expect(work.freed).toEqual([{ digest: digest('arm'), size: 100 }])
    expect(work.sharing).toEqual(['a', 'b', 'c'])
  })

  it.each([true, false])('never frees what a tag that stays needs (tags alone: %s)', (deletesTags) => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = pseudoRandom(seed)
      const some = (names: readonly string[], share: number) => names.filter(() => random() < share)
      const names = Array.from({ length: 6 }, (_, index) => `image-${index}`)
      const blobsOf = new Map(names.map((name) => [name, some(['x', 'y', 'z', `${name}-own`], 0.6)]))
      const tags = Array.from({ length: 8 }, (_, index) => `tag-${index}`)
      const all = Object.fromEntries(
        tags.map((tag) => {
          const name = names[Math.floor(random() * names.length)] ?? 'image-0'
          const children = random() < 0.3 ? some(names, 0.4).filter((one) => one !== name) : []
          const blobs = [name, ...children].flatMap((one) => blobsOf.get(one) ?? [])
          // The same name has to mean the same image.
          return [tag, children.length > 0 ? tree(`index of ${tag}`, blobs, children) : tree(name, blobs)]
        }),
      )
      const work = decide(all, some(tags, 0.4), deletesTags)
      const gone = new Set([...[...work.manifests.values()].flat()])
      const staying = tags.filter((tag) => !gone.has(tag))
      const freed = new Set<string>([...work.freed.map((blob) => blob.digest), ...work.children])
      for (const tag of staying) {
        const image = all[tag]
        for (const one of image ? [image.root, ...image.children, ...image.blobs] : []) {
          expect(freed.has(one.digest), `${tag} needs ${one.digest} (seed ${seed})`).toBe(false)
        }
      }
      if (deletesTags) expect([work.alsoGone, work.broken]).toEqual([[], []])
    }
  })
})
