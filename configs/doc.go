// Package configs makes one Config of each part's own settings: defaults, then
// a file, then the environment, then Validate. Unknown keys and impossible
// values are errors of one line that name the key, the value and what is
// accepted. The shipped boltorezka.yaml lists every key with its default.
package configs
