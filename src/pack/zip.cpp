// write_zip: entries are cut into pieces of a fixed size, pieces are compressed on all cores, and what comes
// out is written in order while later pieces are still being compressed.
//
// Invariant: the cuts depend on the content's size alone, so -j changes nothing but the time taken.
#include <sys/stat.h>
#include <zlib.h>

#include "base/error.h"
#include "pack/archive.h"
#include "pack/deflate.h"
#include "pack/format_rows.h"
#include "pack/pipeline.h"
#include "pack/zip_records.h"

namespace bundle::pack {

namespace {

struct Task {
  size_t entry = 0;
  uint64_t offset = 0, length = 0;
  bool last = false;
};

std::vector<Task> cut(const std::vector<Entry>& entries) {
  std::vector<Task> tasks;
  for (size_t i = 0; i < entries.size(); ++i) {
    const uint64_t size = entries[i].content.size();
    uint64_t offset = 0;
    do {  // an empty file and a folder are a task too: the writer then meets every entry in its turn
      const uint64_t length = std::min(piece_size, size - offset);
      tasks.push_back({i, offset, length, offset + length == size});
      offset += length;
    } while (offset < size);
  }
  return tasks;
}

/// Writes entries in order, each from its first piece to its last.
class Writer {
 public:
  Writer(AtomicFile& out, int64_t time) : out_(out), time_(dos_time(time)), start_(out.written()) {}

  void add(const Entry& entry, const Task& task, const Deflated& piece) {
    if (task.offset == 0) begin(entry);
    current_.crc =
        task.offset == 0
            ? piece.crc
            : static_cast<uint32_t>(::crc32_combine(current_.crc, piece.crc, static_cast<z_off_t>(task.length)));
    out_.write(piece.data);
    current_.compressed_size += piece.data.size();
    if (task.last) end(entry);
  }

  uint64_t finish() {
    const uint64_t directory = offset();
    out_.write(directory_);
    out_.write(end_records(count_, directory_.size(), directory));
    return offset();
  }

 private:
  uint64_t offset() const { return out_.written() - start_; }

  void begin(const Entry& entry) {
    const bool folder = entry.path.ends_with('/');
    current_ = {
        entry.path, (folder ? S_IFDIR : S_IFREG) | entry.mode, !entry.content.empty(), 0, entry.content.size(), 0,
        offset()};
    // Sizes and CRC come later, in place: a header's length does not depend on them.
    out_.write(local_header(current_, time_));
  }

  void end(const Entry& entry) {
    const uint64_t header = start_ + current_.offset;
    if (current_.deflated && current_.compressed_size >= current_.size) {
      current_.deflated = false;
      current_.compressed_size = current_.size;
      out_.rewind(header);
      out_.write(local_header(current_, time_));
      for (const Pieces::Piece& piece : entry.content.pieces()) out_.write(piece.span.text());
    } else {
      out_.write_at(header, local_header(current_, time_));
    }
    directory_ += central_header(current_, time_);
    ++count_;
  }

  AtomicFile& out_;
  const uint32_t time_;
  const uint64_t start_;
  Record current_;
  std::string directory_;
  uint64_t count_ = 0;
};

}  // namespace

uint64_t write_zip(AtomicFile& out, std::vector<Entry> entries, const Settings& settings) {
  entries = arrange(std::move(entries));
  const std::vector<Task> tasks = cut(entries);
  uint64_t total = 0, done = 0;
  for (const Entry& entry : entries) total += entry.content.size();

  const unsigned jobs = std::max(1U, settings.jobs);
  Deflaters deflaters(settings.level, jobs);
  Writer writer(out, settings.time);
  for_each_in_order<Deflated>(
      tasks.size(), jobs, size_t{4} * jobs,
      [&](size_t index, unsigned thread) -> Deflated {
        const Task& task = tasks[index];
        if (task.length == 0) return {};
        return deflaters.compress(thread, entries[task.entry].content, task.offset, task.length, task.last);
      },
      [&](size_t index, const Deflated& piece) {
        writer.add(entries[tasks[index].entry], tasks[index], piece);
        done += tasks[index].length;
        if (settings.progress) settings.progress(done, total);
      });
  return writer.finish();
}

const Format zip_format = {
    .name = "zip",
    .endings = {".zip", ""},
    .file = [](AtomicFile& out, Load load) { return write_zip(out, std::move(load.entries), load.settings); },
};

}  // namespace bundle::pack
