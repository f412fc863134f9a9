package sfu

// historySize is how many packets of a slot are kept for retransmission: 320
// ms, beyond which nobody's jitter buffer still waits. It is a power of two.
const historySize = 16

// history is a slot's latest packets. It is the room's: a listener keeps only
// which numbers he knows each by (sentPacket), and his ciphertext is made once
// more from the same bytes under the same index, which gives the same
// ciphertext. Keeping the ciphertexts would cost each listener 3 KiB a slot.
type history [historySize]stored

type stored struct {
	packet
	kept    bool
	payload []byte
}

// keep stores a packet over the one of historySize before it.
func (h *history) keep(k *packet, payload []byte) {
	s := &h[k.seq%historySize]
	if s.kept && int16(k.seq-s.seq) <= 0 {
		return // it came late, and a newer one stands in its place
	}
	s.packet, s.kept, s.payload = *k, true, append(s.payload[:0], payload...)
}

// find returns the room's packet id, nil when it is there no more.
func (h *history) find(id uint32) *stored {
	for i := range h {
		if h[i].kept && h[i].id == id {
			return &h[i]
		}
	}
	return nil
}

// at returns the packet of csrc at an instant of the slot's time, nil when there
// is none.
func (h *history) at(ts, csrc uint32) *stored {
	for i := range h {
		if h[i].kept && h[i].ts == ts && h[i].csrc == csrc {
			return &h[i]
		}
	}
	return nil
}

// sentPacket is what a listener's slot remembers of a packet it sent. The id
// says which it was beyond doubt: sequence numbers come round, and another
// packet under an index that was used would reuse an SRTP nonce.
type sentPacket struct {
	numbers
	id    uint32
	slot  uint8 // of the room
	again uint8 // times it was sent again
	low   bool
	sent  bool
}
