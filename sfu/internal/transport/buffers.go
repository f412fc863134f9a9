package transport

// ReadBuffer and WriteBuffer are the socket buffers that are asked of the
// kernel, in bytes; it may give less.
const (
	ReadBuffer  = readBuffer
	WriteBuffer = writeBuffer
)
