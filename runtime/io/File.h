// Files on raw system calls: every return is checked, and every failure is a tl::Error naming path and cause.
#pragma once
#include "runtime/io/Error.h"
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tl::io {

/// An open file. Reads and writes are whole (short ones and EINTR are continued).
class File {
public:
  static File openRead(const std::string &path); // of a file, or of a folder to lock or sync it: pipes, sockets and devices are errors
  static File create(const std::string &path);     // new or emptied
  static File openAppend(const std::string &path); // made when absent; every write goes to the end
  File(File &&other) noexcept;
  File &operator=(File &&other) noexcept;
  ~File(); // closes without a check: call close() after writing

  /// Reads until `bytes` or the end of the file; returns how many came.
  size_t read(char *into, size_t bytes);
  /// Reads exactly `bytes` at `offset`; a shorter file is an error.
  void readAt(char *into, size_t bytes, int64_t offset) const;
  void write(std::string_view bytes);
  /// Has the file on disk when it returns. Never retried but when interrupted: after a failed fsync the
  /// kernel may have dropped the pages.
  void sync();
  void truncate(int64_t bytes);
  void close();

  int64_t size() const;
  /// Another one once somebody wrote to the file.
  struct Version {
    int64_t bytes, time;
    bool operator==(const Version &) const = default;
  };
  Version version() const;
  /// False where another process has locked the file or folder; true also where its file system knows no locks. The
  /// lock ends with this object or its process.
  bool lock();
  const std::string &path() const { return name; }
  int descriptor() const { return fd; }

private:
  File(int fd, std::string name) : fd(fd), name(std::move(name)) {}
  int fd = -1;
  std::string name;
};

std::string readWhole(const std::string &path);
/// Writes and fsyncs; a crash may leave a part. Use replaceFile where the old contents matter.
void writeWhole(const std::string &path, std::string_view bytes);
/// The file has either its old contents or `bytes`, whatever happens.
void replaceFile(const std::string &path, std::string_view bytes);

/// False only where nothing of the kind is there: that it cannot be looked at is an error.
bool isFile(const std::string &path);
bool isFolder(const std::string &path);
bool isThere(const std::string &path); // whatever it is
void makeFolder(const std::string &path); // fine when present
/// With parents; what is new has its name on disk when it returns.
void makeFolders(const std::string &path);
void syncFolder(const std::string &path);
/// A folder with all that is in it, and its name.
void syncTree(const std::string &path);
/// Whether this process brings what it writes to disk: while it does not, every sync of a file or folder but that of a tree does nothing. For what is sooner made again.
void setSyncing(bool isSyncing);
bool isSyncing();
void renamePath(const std::string &from, const std::string &to);
void removeAll(const std::string &path);                      // fine when absent
std::vector<std::string> listFolder(const std::string &path); // names, sorted; none when absent
std::string joinPath(const std::string &folder, const std::string &name);
std::string parentFolder(const std::string &path); // "." where there is none

/// A folder that appears with all its files or not at all: they are written to `FOLDER.tmp-PID`, which takes the place
/// of FOLDER (whole, where that exists) in commit(). Without commit() the destructor removes what was written.
class FolderCommit {
public:
  explicit FolderCommit(std::string folder);
  FolderCommit(const FolderCommit &) = delete;
  ~FolderCommit();

  /// `name` may say folders in the new one, which are made.
  void add(const std::string &name, std::string_view bytes);
  /// Lets `fill` write the file, then fsyncs and closes it.
  void add(const std::string &name, const std::function<void(File &)> &fill);
  /// Where the file is before commit().
  std::string path(const std::string &name) const { return joinPath(aside, name); }
  void commit();

private:
  std::string folder, aside;
  bool committed = false;
};

/// Removes what an interrupted FolderCommit or replaceFile left in `folder`, and puts back a folder that was being
/// replaced. Processes that still run keep theirs, but for one that only has the number of the one that left them: where
/// `isOurs`, the caller knows that nobody else writes there.
void removeLeftovers(const std::string &folder, bool isOurs = false);

} // namespace tl::io
