using Jiceng.Persistence;

namespace Jiceng.Messaging;

/// <summary>Waits for a commit of this process that announces a topic; one that came while nobody waited ends the next wait at once.</summary>
internal sealed class AnnouncementWaiter : IDisposable
{
    private readonly SemaphoreSlim _announced = new(0, 1);
    private readonly Database _database;
    private readonly string _topic;

    public AnnouncementWaiter(Database database, string topic)
    {
        (_database, _topic) = (database, topic);
        _database.Announced += OnAnnounced;
    }

    /// <summary>Waits for an announcement, and no longer than this.</summary>
    /// <returns>Whether there was one.</returns>
    public Task<bool> WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => _announced.WaitAsync(longest, cancellationToken);

    public void Dispose()
    {
        _database.Announced -= OnAnnounced;
        _announced.Dispose();
    }

    private void OnAnnounced(string topic)
    {
        if (topic != _topic || _announced.CurrentCount > 0) return;
        try
        {
            _announced.Release();
        }
        catch (Exception late) when (late is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody else woke it, or it ended, in between.
        }
    }
}
