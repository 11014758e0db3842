using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Server.Tests.Fixtures;

/// <summary>Listens to one counter of one server: what a request cost, where time would say it only on a quiet machine.</summary>
internal sealed class CountedWork : IDisposable
{
    private readonly MeterListener listener;
    private long count;

    public CountedWork(TheServer server, string counter)
    {
        var ours = server.App.Services.GetRequiredService<IMeterFactory>();
        listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == counter && ReferenceEquals(instrument.Meter.Scope, ours))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref count, value));
        listener.Start();
    }

    public long Count => Interlocked.Read(ref count);

    public void Dispose() => listener.Dispose();
}
