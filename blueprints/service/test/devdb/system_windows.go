package devdb

import (
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// unprivileged is nil: on Windows the server drops its rights itself.
func unprivileged() (*account, error) { return nil, nil }

// detach keeps Ctrl-C from the child.
func detach(cmd *exec.Cmd, _ *account) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// interrupt ends the process: Windows knows no kinder signal. PostgreSQL
// recovers from that when it starts again.
func interrupt(cmd *exec.Cmd) error { return cmd.Process.Kill() }

// abort is interrupt.
func abort(cmd *exec.Cmd) error { return interrupt(cmd) }

// hold makes the file and keeps others from opening it until it is closed or
// this process ends. It fails when somebody holds it.
func hold(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "lock", Path: path, Err: err}
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "lock", Path: path, Err: err}
	}
	return os.NewFile(uintptr(handle), path), nil
}

// own reports whether there is such a folder: the temporary folder of Windows
// is the user's own.
func own(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}
