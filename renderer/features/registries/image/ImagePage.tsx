import { Button } from '@mantine/core'
import { shortTag } from '../../../../main/api/format.ts'
import { navigate, replaceRoute } from '../../../app/use-route.ts'
import { keys } from '../../../engine.ts'
import page from '../../planning/page.module.css'
import { LayerStack } from '../../stack/LayerStack.tsx'
import { useRun } from '../use-run.ts'
import { Waits } from '../Waits.tsx'
import { ImageHeader } from './ImageHeader.tsx'
import { ImageTabs } from './ImageTabs.tsx'
import css from './image.module.css'
import { layerOfKey, mergedNotes } from './layers.ts'
import type { OneImage } from './one-image.ts'

/** One tag: what it is at the top, its layer stack at the left, everything else about it in tabs at the right. */
export function ImagePage({ route }: { readonly route: OneImage }) {
  const { repository, tag, view = 'overview' } = route
  const run = useRun([...keys.images, repository, tag], (client, name) =>
    client.call('image.show', { repository, tag, run: name }),
  )
  const image = run.data
  if (!image) {
    return (
      <div className={page.page}>
        <header className={page.header}>
          <h1 className={page.title}>{shortTag(tag)}</h1>
        </header>
        <Waits run={run} words="Reading the manifest, the config, and who else uses the layers">
          <Button variant="default" onClick={() => navigate({ screen: 'registries', repository })}>
            Back to the tags
          </Button>
        </Waits>
      </div>
    )
  }

  function openLayer(key: string): void {
    const layer = image && layerOfKey(image, key)
    // Whoever looks at files goes on to those of another layer.
    if (layer) replaceRoute({ ...route, view: view === 'files' ? 'files' : 'layers', layer: layer.digest })
  }

  return (
    <div className={page.page}>
      <ImageHeader image={image} repository={repository} tag={tag} />
      <div className={css.columns} data-stack={image.stack.length > 0 || undefined}>
        {image.stack.length > 0 && (
          <section className={css.stackSide} aria-label="Layer stack">
            <LayerStack
              layers={image.stack}
              title={shortTag(tag)}
              notes={mergedNotes(image)}
              onOpen={openLayer}
              opensBase
              cardSide="right"
            />
          </section>
        )}
        <ImageTabs key={`${repository} ${tag}`} image={image} route={route} />
      </div>
    </div>
  )
}
