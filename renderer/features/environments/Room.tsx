import { lazy, Suspense } from 'react'
import { refKey } from '../../app/routes.ts'
import { assertNever } from '../../ui/assert.ts'
import { Waiting } from '../../ui/Waiting.tsx'
import css from './environments.module.css'
import type { RoomName, RoomProps } from './room.ts'

// Each is a screen of its own; the editor brings a library, too.
const SpecsView = lazy(async () => ({ default: (await import('../specs/SpecsView.tsx')).SpecsView }))
const MirrorsView = lazy(async () => ({ default: (await import('../mirrors/MirrorsView.tsx')).MirrorsView }))
const PaddingView = lazy(async () => ({ default: (await import('../padding/PaddingView.tsx')).PaddingView }))
const ExplainView = lazy(async () => ({ default: (await import('../explain/ExplainView.tsx')).ExplainView }))
const CiView = lazy(async () => ({ default: (await import('../ci/CiView.tsx')).CiView }))
const SpackView = lazy(async () => ({ default: (await import('../spack/SpackView.tsx')).SpackView }))

/** Spack's own side of an environment, one part of it. */
export function Room({ view, ...props }: RoomProps & { readonly view: RoomName }) {
  return (
    <div className={css.body} role="tabpanel" aria-label={view}>
      <Suspense fallback={<Waiting words="Opening" />}>
        <Named key={refKey(props.route.ref)} view={view} {...props} />
      </Suspense>
    </div>
  )
}

function Named({ view, ...props }: RoomProps & { view: RoomName }) {
  switch (view) {
    case 'specs':
      return <SpecsView {...props} />
    case 'mirrors':
      return <MirrorsView {...props} />
    case 'padding':
      return <PaddingView {...props} />
    case 'cache':
      return <ExplainView {...props} />
    case 'ci':
      return <CiView {...props} />
    case 'spack':
      return <SpackView {...props} />
    default:
      return assertNever(view)
  }
}
