package main

import (
	"io"
	"os"
	"runtime"
)

// keyboard is the terminal's input while one form has it.
//
// A form leaves a reader behind that may still wait when the form is over, and would swallow the first key that is
// meant for the next one. So one goroutine reads for all forms, and a form's reader gets nothing more once the keyboard
// is taken back. It has the methods by which a form knows a terminal, to switch it to raw mode, but no Name: with that
// the form would wait for the file descriptor itself, and not in Read.
type keyboard struct {
	terminal *os.File
	keys     <-chan []byte
	over     chan struct{}
	rest     []byte // typed but not read yet
}

// lendInput returns the input for one form, and what ends the loan.
func (a *app) lendInput() (in io.Reader, takeBack func()) {
	terminal, ok := a.In.(*os.File)
	if !ok || runtime.GOOS == "windows" { // where forms read the console's events, not bytes
		return a.In, func() {}
	}
	if a.keys == nil {
		a.keys = typed(terminal)
	}
	k := &keyboard{terminal: terminal, keys: a.keys, over: make(chan struct{})}
	return k, func() { close(k.over) }
}

// typed reads the terminal for as long as the process lives.
func typed(terminal *os.File) <-chan []byte {
	keys := make(chan []byte)
	go func() {
		defer close(keys)
		for {
			buffer := make([]byte, 256)
			n, err := terminal.Read(buffer)
			if n > 0 {
				keys <- buffer[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	return keys
}

func (k *keyboard) Read(p []byte) (int, error) {
	if len(k.rest) == 0 {
		select {
		case <-k.over:
			return 0, io.EOF
		default:
		}
		select {
		case <-k.over:
			return 0, io.EOF
		case keys, ok := <-k.keys:
			if !ok {
				return 0, io.EOF
			}
			k.rest = keys
		}
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

func (k *keyboard) Write(p []byte) (int, error) { return k.terminal.Write(p) }
func (k *keyboard) Fd() uintptr                 { return k.terminal.Fd() }

// Close does nothing: the terminal is not the form's to close.
func (k *keyboard) Close() error { return nil }
