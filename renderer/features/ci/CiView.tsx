import type { RoomProps } from '../environments/room.ts'

export function CiView({ route }: RoomProps) {
  return <p>{route.view}</p>
}
