// Package doctor looks for what is wrong with a server and its machine: each
// check gives findings that say what is so, why it matters and what to do.
//
// It is what the command boltorezka doctor runs, on the server's own machine,
// with the server's settings. A server that runs is asked through its
// operator's listener (Running); for one that does not, its sockets are opened
// as it would open them. Nothing of the server's is changed: what is written
// for a try is taken away again.
//
// A check is a function in a file of its own; Run has the list of them.
package doctor
