import type { Mixer } from "./mixer";
import type { Participants } from "./participants";
import type { SfuPath } from "./sfu-path";
import type { Carrier, Occupant } from "./stats";
import type { TopologyFollower } from "./topology";

interface CarriersDeps {
  path(): SfuPath | null;
  topology: TopologyFollower;
  mixer: Mixer;
  participants: Participants;
  deafened(): boolean;
}

/** A connection on which somebody should be heard. */
export interface Due {
  connection: RTCPeerConnection;
  /** Whose pair it is; null: the way to the server. */
  userId: string | null;
  /** Whether a packet was played from it just now. */
  fresh(): boolean;
}

/** The connections that a call's sound comes by, and where somebody should be heard. */
export class Carriers {
  /** Who is said to speak in the room. */
  speakers: string[] = [];

  constructor(private readonly deps: CarriersDeps) {}

  /** The connections that the sound comes by now. */
  all(): Carrier[] {
    const { topology } = this.deps;
    if (topology.topology === "p2p") return topology.pairs();
    const connection = this.deps.path()?.carrier;
    return connection ? [{ connection, userId: null }] : [];
  }

  /** Who is in an inbound line of one of them. */
  occupant({ userId }: Carrier, mid: string | null): Occupant | null {
    const { mixer } = this.deps;
    return userId === null ? mixer.occupant(mid) : mixer.pairOccupant(userId);
  }

  /** Where somebody should be heard now. A deafened listener is sent nothing. */
  due(): Due[] {
    const { mixer, topology, participants } = this.deps;
    if (this.deps.deafened()) return [];
    const talking = participants.others().filter((userId) => this.speakers.includes(userId));
    if (topology.topology === "p2p") {
      return topology
        .pairs()
        .filter(({ userId }) => talking.includes(userId))
        .map((pair) => ({ ...pair, fresh: () => mixer.hearsPair(pair.userId) }));
    }
    const connection = this.deps.path()?.carrier;
    if (!connection || talking.length === 0) return [];
    return [{ connection, userId: null, fresh: () => mixer.hearsSfu() }];
  }
}
