import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useEffect } from 'react'
import type { OpenedComposition } from '../../../main/api/compose.ts'
import { shortDigest, shortTag } from '../../../main/api/format.ts'
import { navigate, replaceRoute } from '../../app/use-route.ts'
import { keys } from '../../engine.ts'
import page from '../planning/page.module.css'
import { useRun } from '../registries/use-run.ts'
import { Waits } from '../registries/Waits.tsx'
import { useWorkbench } from './workbench.ts'

/** Takes an image apart; what was being composed before comes back with undo. */
export function OpeningImage({ repository, tag }: { readonly repository: string; readonly tag: string }) {
  const { change, publish } = useWorkbench(repository)
  const run = useRun([...keys.images, 'opened', repository, tag], (client, name) =>
    client.call('compose.open', { repository, tag, run: name }),
  )
  const opened = run.data
  useEffect(() => {
    if (!opened) return
    change(() => opened.composition)
    publish({ tag: tag.includes(':') || tag.endsWith('.spack') ? '' : tag })
    tellUnknown(tag, opened)
    replaceRoute({ screen: 'compose', repository })
  }, [opened, change, publish, repository, tag])
  return (
    <div className={page.page}>
      <header className={page.header}>
        <h1 className={page.title}>Compose from {shortTag(tag)}</h1>
      </header>
      <Waits run={run} words="Reading the manifest, the config, and which packages its layers are">
        <Button variant="default" onClick={() => navigate({ screen: 'compose', repository })}>
          Back to composing
        </Button>
      </Waits>
    </div>
  )
}

/** What of the image is not in the composition has to be said: it would be left out without a word. */
function tellUnknown(tag: string, { unknown, findings }: OpenedComposition): void {
  if (findings.length === 0) return
  const layers = unknown.map(({ digest, position }) => `layer ${position}, ${shortDigest(digest)}`).join('; ')
  const message = `${findings.map((finding) => finding.message).join('. ')}${layers === '' ? '' : ` (${layers})`}.`
  notifications.show({ color: 'yellow', title: `Not all of ${shortTag(tag)} is here`, message, autoClose: 15_000 })
}
