import { IconLayersUnion } from '@tabler/icons-react'
import { formatRoute } from '../../app/routes.ts'
import { navigate } from '../../app/use-route.ts'
import { useSettings, useWorkspace } from '../../engine.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { SampleButton } from '../environments/SampleButton.tsx'
import { freshDraft } from '../install/drafts.ts'
import { mirrorUrl, useDefaults } from '../install/use-defaults.ts'
import { shortReference } from '../registries/names.ts'
import { OpenRepository } from '../registries/OpenRepository.tsx'
import css from './compose.module.css'

/** From which cache: one that was used, a mirror, or any. Only choosing one asks a registry. */
export function ChooseCache() {
  const recent = useSettings().data?.recentTargets ?? []
  const workspace = useWorkspace().data
  const { offers } = useDefaults(freshDraft)
  const mirrors = offers.mirrors.map((mirror) => ({ url: mirrorUrl(mirror), note: `mirror ${mirror.name}` }))
  const used = recent
    .filter((url) => url.includes('/') && !mirrors.some((mirror) => mirror.url === url))
    .map((url) => ({ url, note: 'used before' }))
  const known = [...mirrors, ...used]
  const nothing = known.length === 0 && workspace?.sampleAvailable === true
  return (
    <EmptyState
      icon={IconLayersUnion}
      title="Compose an image from packages"
      actions={
        <div className={css.choose}>
          <OpenRepository large onOpen={(repository) => navigate({ screen: 'compose', repository })} />
          {known.length > 0 && (
            <ul className={css.caches} aria-label="Known caches">
              {known.slice(0, 8).map(({ url, note }) => (
                <li key={url}>
                  <a href={formatRoute({ screen: 'compose', repository: url })} title={url}>
                    <span>{shortReference(url)}</span>
                    <small>{note}</small>
                  </a>
                </li>
              ))}
            </ul>
          )}
          {nothing && <SampleButton variant="default" />}
        </div>
      }
    >
      Each package of a build cache is a layer, and layers combine in any order: choose packages, put a base image under
      them, and publish. Nothing is built, and nothing uploaded that the registry has.
      {nothing && ' No cache is known here yet: type one, or push the sample to have one to try.'}
    </EmptyState>
  )
}
