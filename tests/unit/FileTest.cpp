// What is written is there, whole or not at all, and failures name path and cause.
#include "runtime/io/Gzip.h"
#include "tests/unit/Temporary.h"
#include <csignal>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tl::test {

TEST(File, missingFileNamesPathAndCause) {
  EXPECT_EQ(messageOf([] { io::readWhole("/nowhere/at/all"); }),
            "cannot open `/nowhere/at/all`: No such file or directory");
}

TEST(File, onlyFilesAreRead) {
  TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0); // to be opened it would wait for a writer
  int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{AF_UNIX, {}};
  (folder / "socket").copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr *>(&name), sizeof name), 0);
  for (const auto &[path, kind] : {std::pair(folder / "pipe", "a pipe"), std::pair(folder / "socket", "a socket"), std::pair(std::string("/dev/zero"), "a device")}) {
    std::string expected = "`" + path + "` is " + kind + " and no file, and only files can be read here; write what it gives into one, or take it away";
    EXPECT_EQ(messageOf([&] { io::readWhole(path); }), expected);
    EXPECT_EQ(messageOf([&] { io::readWholeUnpacked(path); }), expected);
  }
  ::close(socket);
  EXPECT_TRUE(contains(io::readWhole("/proc/self/status"), "Name:")) << "a file without a size";
}

TEST(File, fullDiskIsReported) {
  io::File full = io::File::create("/dev/full");
  EXPECT_EQ(messageOf([&] { full.write("x"); }), "cannot write `/dev/full`: No space left on device");
}

TEST(File, replaceKeepsOldContentsWhenTheDiskIsFull) {
  TemporaryFolder folder;
  std::string path = folder.write("state", "old");
  // A file-size limit of 8 bytes stands for the full disk; it concerns only the child.
  pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{8, 8};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      io::replaceFile(path, std::string(100, 'n'));
    } catch (const Error &error) {
      ::_exit(error.message.find("File too large") != std::string::npos ? 17 : 1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 17);
  EXPECT_EQ(io::readWhole(path), "old");
  EXPECT_EQ(io::listFolder(folder.path), std::vector<std::string>{"state"});
}

TEST(File, appendAndTruncate) {
  TemporaryFolder folder;
  folder.write("log", "one\n");
  io::File log = io::File::openAppend(folder / "log");
  log.write("two\n");
  EXPECT_EQ(log.size(), 8);
  log.truncate(4);
  log.write("three\n");
  log.close();
  EXPECT_EQ(io::readWhole(folder / "log"), "one\nthree\n");
}

TEST(File, parentOfPaths) {
  EXPECT_EQ(io::parentFolder("a/b/"), "a");
  EXPECT_EQ(io::parentFolder("a"), ".");
  EXPECT_EQ(io::parentFolder("/a"), "/");
}

TEST(FolderCommit, appearsOnlyAtCommit) {
  TemporaryFolder folder;
  {
    io::FolderCommit commit(folder / "new");
    commit.add("a", "1");
    EXPECT_FALSE(io::isFolder(folder / "new"));
    commit.commit();
  }
  EXPECT_EQ(io::readWhole(folder / "new/a"), "1");
  {
    io::FolderCommit commit(folder / "other");
    commit.add("a", "1");
  }
  EXPECT_EQ(io::listFolder(folder.path), std::vector<std::string>{"new"});
}

TEST(FolderCommit, replacesAWholeFolder) {
  TemporaryFolder folder;
  for (const char *name : {"a", "b"}) {
    io::FolderCommit commit(folder / "it");
    commit.add(name, name);
    commit.commit();
  }
  EXPECT_EQ(io::listFolder(folder.path), std::vector<std::string>{"it"});
  EXPECT_EQ(io::listFolder(folder / "it"), std::vector<std::string>{"b"});
}

TEST(FolderCommit, killedProcessLeavesOldFolderAndLeftoversGo) {
  TemporaryFolder folder;
  pid_t child = ::fork();
  if (child == 0) {
    auto *commit = new io::FolderCommit(folder / "it");
    commit->add("a", "half");
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(io::isFolder(folder / "it"));
  EXPECT_EQ(io::listFolder(folder.path).size(), 1u);
  // What a file system without swapping leaves when it is killed between its two renames:
  io::makeFolders(folder / ("kept.old-" + std::to_string(child)));
  io::makeFolders(folder / ("live.tmp-" + std::to_string(::getppid())));
  io::removeLeftovers(folder.path);
  EXPECT_EQ(io::listFolder(folder.path), (std::vector<std::string>{"kept", "live.tmp-" + std::to_string(::getppid())}));
}

TEST(FolderCommit, fullDiskLosesNothing) {
  TemporaryFolder folder;
  if (::mount("tl", folder.path.c_str(), "tmpfs", 0, "size=256k") != 0)
    GTEST_SKIP() << "skipped: mounting a tmpfs is not permitted here";
  {
    io::FolderCommit commit(folder / "good");
    commit.add("a", std::string(100000, 'g'));
    commit.commit();
  }
  std::string message = messageOf([&] {
    io::FolderCommit commit(folder / "good");
    commit.add("a", std::string(1000000, 'b'));
    commit.commit();
  });
  EXPECT_TRUE(contains(message, "No space left on device"));
  EXPECT_EQ(io::readWhole(folder / "good/a"), std::string(100000, 'g'));
  EXPECT_EQ(io::listFolder(folder.path), std::vector<std::string>{"good"});
  ::umount(folder.path.c_str());
}

static const std::string text = [] {
  std::string bytes;
  for (int i = 0; i < 50000; ++i)
    bytes += std::to_string(i * 7919 % 10007);
  return bytes;
}();

TEST(Gzip, plainPackedAndJoinedReadAlike) {
  TemporaryFolder folder;
  EXPECT_EQ(io::readWholeUnpacked(folder.write("plain", text)), text);
  EXPECT_EQ(io::readWholeUnpacked(folder.write("packed", packed(text))), text);
  EXPECT_EQ(io::readWholeUnpacked(folder.write("joined", packed("ab") + packed("") + packed(text))), "ab" + text);
  EXPECT_EQ(io::readWholeUnpacked(folder.write("short", "a")), "a");
  EXPECT_EQ(io::readWholeUnpacked(folder.write("empty", "")), "");
}

TEST(Gzip, whatIsWrittenReadsBack) {
  TemporaryFolder folder;
  auto write = [&](const std::string &name, const std::vector<std::string> &pieces) {
    io::File file = io::File::create(folder / name);
    io::GzipWriter packed(file);
    for (const std::string &piece : pieces)
      packed.write(piece);
    packed.finish();
    file.close();
    return io::readWhole(folder / name);
  };
  std::string whole = write("whole", {text});
  EXPECT_TRUE(whole.starts_with("\x1f\x8b"));
  EXPECT_EQ(io::readWholeUnpacked(folder / "whole"), text);
  EXPECT_EQ(write("pieces", {text.substr(0, 1000), "", text.substr(1000)}), whole);
  EXPECT_LT(whole.size(), text.size() / 2);
  write("empty", {});
  EXPECT_EQ(io::readWholeUnpacked(folder / "empty"), "");
  EXPECT_TRUE(io::InputStream(folder / "empty").isGzip());
}

TEST(Gzip, everyTruncationAndFlippedBitIsAnError) {
  TemporaryFolder folder;
  std::string whole = packed(text.substr(0, 3000));
  for (size_t length = 2; length < whole.size(); ++length) {
    std::string path = folder.write("cut", whole.substr(0, length));
    EXPECT_TRUE(contains(messageOf([&] { io::readWholeUnpacked(path); }), "`" + path + "` is truncated"));
  }
  for (size_t byte = 10; byte < whole.size(); byte += 7) {
    std::string bad = whole;
    bad[byte] ^= 1;
    std::string path = folder.write("bad", bad);
    EXPECT_NE(messageOf([&] { io::readWholeUnpacked(path); }), "") << byte;
  }
}

TEST(Gzip, aPackedTrapIsRefused) {
  TemporaryFolder folder;
  std::string member = packed(std::string(1 << 20, '\0')), trap;
  for (int i = 0; i < 300; ++i)
    trap += member;
  std::string path = folder.write("trap", trap),
              message = messageOf([&] {
                io::InputStream stream(path);
                std::vector<char> chunk(1 << 16);
                while (stream.read(chunk.data(), chunk.size()) > 0) {
                }
              });
  EXPECT_TRUE(contains(message, "`" + path + "` unpacks to more than 268435456 bytes"));
}

} // namespace tl::test
