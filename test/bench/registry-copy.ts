import { createCopier, readImageTree } from '../../main/registry/copy.ts'
import { createNetwork, openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'

/** What registry.ts measures, as a process of its own: `copy FROM TO TAG` and `tags FROM`. */
const [verb, from = '', to = '', tag = ''] = process.argv.slice(2)
const network = createNetwork()
const source = await openRepository(parseReference(from), { network })
if (verb === 'tags') {
  const startedAt = performance.now()
  const tags = await source.tags()
  console.log(JSON.stringify({ tags: tags.length, seconds: (performance.now() - startedAt) / 1000 }))
} else {
  const target = await openRepository(parseReference(to), { network })
  const copier = createCopier(source, target)
  const digest = await copier.image(await readImageTree(source, tag, (name) => source.getManifest(name)), tag)
  console.log(JSON.stringify({ digest, bytesSent: copier.bytesSent() }))
}
await network.close()
