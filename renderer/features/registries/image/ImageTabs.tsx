import { Tabs } from '@mantine/core'
import { IconFiles, IconInfoCircle, IconSettings2, IconSitemap, IconStack2 } from '@tabler/icons-react'
import { lazy, Suspense, useMemo, useState } from 'react'
import type { ImageDetail } from '../../../../main/api/catalog.ts'
import { type ImageView, imageViews } from '../../../app/routes.ts'
import { replaceRoute } from '../../../app/use-route.ts'
import { Waiting } from '../../../ui/Waiting.tsx'
import { ConfigView } from './ConfigView.tsx'
import { FilesView } from './FilesView.tsx'
import css from './image.module.css'
import { LayerList } from './LayerList.tsx'
import { graphPackages, hasFiles } from './layers.ts'
import { Overview } from './Overview.tsx'
import type { OneImage } from './one-image.ts'

// It brings a library that nothing else here needs.
const DependencyGraph = lazy(async () => ({
  default: (await import('../../environments/DependencyGraph.tsx')).DependencyGraph,
}))

const tabs = {
  overview: { word: 'Overview', icon: IconInfoCircle },
  layers: { word: 'Layers', icon: IconStack2 },
  config: { word: 'Config', icon: IconSettings2 },
  graph: { word: 'Graph', icon: IconSitemap },
  files: { word: 'Files', icon: IconFiles },
} as const satisfies Record<ImageView, unknown>

/** The tabs that say something about this image. */
export function viewsOf(image: ImageDetail): readonly ImageView[] {
  const has: Record<ImageView, boolean> = {
    overview: true,
    layers: image.layers.length > 0,
    config: image.config !== undefined || Object.keys(image.annotations).length > 0,
    graph: image.packages.length > 0,
    files: image.layers.some(hasFiles),
  }
  return imageViews.filter((view) => has[view])
}

/** Everything about an image beside its stack. */
export function ImageTabs({ image, route }: { readonly image: ImageDetail; readonly route: OneImage }) {
  const views = viewsOf(image)
  const view = views.find((v) => v === route.view) ?? 'overview'
  return (
    <Tabs
      className={css.tabs}
      value={view}
      keepMounted={false}
      onChange={(next) => replaceRoute({ ...route, view: views.find((v) => v === next) })}
    >
      <Tabs.List>
        {views.map((one) => {
          const { word, icon: Icon } = tabs[one]
          return (
            <Tabs.Tab key={one} value={one} leftSection={<Icon size={16} stroke={1.6} />}>
              {word}
            </Tabs.Tab>
          )
        })}
      </Tabs.List>
      <Tabs.Panel value="overview" className={css.panel}>
        <Overview image={image} repository={route.repository} />
      </Tabs.Panel>
      <Tabs.Panel value="layers" className={css.filled}>
        <LayerList image={image} route={route} />
      </Tabs.Panel>
      <Tabs.Panel value="config" className={css.panel}>
        <ConfigView image={image} />
      </Tabs.Panel>
      <Tabs.Panel value="graph" className={css.filled}>
        <Suspense fallback={<Waiting words="Loading the graph" />}>
          <Graph image={image} route={route} />
        </Suspense>
      </Tabs.Panel>
      <Tabs.Panel value="files" className={css.filled}>
        <FilesView image={image} route={route} />
      </Tabs.Panel>
    </Tabs>
  )
}

function Graph({ image, route }: { image: ImageDetail; route: OneImage }) {
  const [shown, setShown] = useState<string>()
  const graph = useMemo(() => ({ name: route.tag, packages: graphPackages(image) }), [image, route.tag])
  return <DependencyGraph environment={graph} shown={shown} onShow={setShown} absent="no layer here" />
}
